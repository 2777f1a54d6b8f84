//! Runs the unit tests that the compiler planned: each on the machine, over an empty state that holds nothing but the code.
//!
//! Tests run on several threads; reports come in the order of the plan, whatever finished first.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use move_compiler::Output;
use move_compiler::api::{ExpectedFailure, TestArg, TestCase};
use move_core_types::{AccountAddress, ModuleId, StatusCode, StructTag};
use move_vm_runtime::{
    CallRule, GasMeter, GasSchedule, Location, NativeTable, SessionContext, StateError, StateView, Vm, VmConfig,
    VmError,
};

/// Internal gas units of one gas unit.
const GAS_UNIT: u64 = 1_000_000;
/// Threads at most.
const THREADS_MAX: usize = 64;
/// Bytes of stack of a thread that runs tests.
const STACK_BYTES: usize = 8 << 20;

/// How to run.
#[derive(Debug, Clone)]
pub struct TestConfig {
    /// Runs tests whose full name contains this.
    pub filter: Option<String>,
    /// Gas units that one test may use.
    pub gas_limit: u64,
    /// Threads.
    pub threads: usize,
    /// Prices.
    pub schedule: GasSchedule,
    /// Addresses beside `0x0` to `0xf` whose modules may declare natives.
    pub privileged: Vec<AccountAddress>,
    /// Chain id that tests see.
    pub chain_id: u8,
}

impl Default for TestConfig {
    /// All tests, 10 000 000 gas units each, 8 threads, the first prices, chain id 4.
    fn default() -> Self {
        TestConfig {
            filter: None,
            gas_limit: 10_000_000,
            threads: 8,
            schedule: GasSchedule::initial(),
            privileged: Vec::new(),
            chain_id: 4,
        }
    }
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As it should.
    Pass,
    /// Otherwise.
    Fail(Failure),
    /// It used up its gas.
    Timeout,
}

/// Why a test failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened, and what should have.
    pub message: String,
    /// Name and description of the abort code, if its module gives one.
    pub explanation: Option<String>,
    /// Where it happened.
    pub place: Option<Place>,
    /// The calls that led there, innermost first.
    pub stack: Vec<String>,
}

/// A place in a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// Text of the line.
    pub text: String,
    /// Characters of the line that are meant.
    pub width: u32,
    /// The function.
    pub function: String,
}

/// What became of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// `0x42::module::function`.
    pub name: String,
    /// The module.
    pub module: ModuleId,
    /// The function.
    pub function: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Gas units used, rounded up.
    pub gas_used: u64,
    /// Time taken, in what the caller's clock counts.
    pub time: u64,
    /// What the test printed.
    pub printed: Vec<String>,
}

/// What became of all tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// In the order of their names.
    pub reports: Vec<Report>,
}

/// Full names of the planned tests that the filter lets through, in order.
pub fn list(output: &Output, filter: Option<&str>) -> Vec<String> {
    selected(output, filter).into_iter().map(|(name, _)| name).collect()
}

/// Runs the planned tests.
///
/// * `natives`: those of a chain and those of tests.
/// * `clock`: any steady counter, for the reports' times.
/// * `each`: called once per test, in order, as soon as it and those before it are done.
pub fn run(
    output: &Output,
    natives: NativeTable,
    config: &TestConfig,
    clock: &(dyn Fn() -> u64 + Sync),
    each: &mut dyn FnMut(&Report),
) -> Summary {
    let tests = selected(output, config.filter.as_deref());
    let machine = Machine::new(output, natives, config);
    let next = AtomicUsize::new(0);
    let threads = config.threads.clamp(1, THREADS_MAX).min(tests.len().max(1));
    let mut reports: BTreeMap<usize, Report> = BTreeMap::new();
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..threads {
            let (sender, machine, next, tests) = (sender.clone(), &machine, &next, &tests);
            let work = move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((name, test)) = tests.get(index) else { return };
                    let start = clock();
                    let mut report = machine.run(name, test);
                    report.time = clock().saturating_sub(start);
                    if sender.send((index, report)).is_err() {
                        return;
                    }
                }
            };
            // Without a thread the others do the work.
            let _ = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        }
        drop(sender);
        let mut shown = 0;
        for (index, report) in receiver {
            reports.insert(index, report);
            while let Some(report) = reports.get(&shown) {
                each(report);
                shown += 1;
            }
        }
    });
    Summary { reports: reports.into_values().collect() }
}

fn selected<'o>(output: &'o Output, filter: Option<&str>) -> Vec<(String, &'o TestCase)> {
    let mut tests: Vec<(String, &TestCase)> = output
        .tests
        .iter()
        .map(|test| (format!("{}::{}", short(&test.module), test.function), test))
        .filter(|(name, _)| filter.is_none_or(|filter| name.contains(filter)))
        .collect();
    tests.sort_by(|left, right| left.0.cmp(&right.0));
    tests
}

/// State without anything but modules.
struct Code(BTreeMap<ModuleId, Arc<[u8]>>);

impl StateView for Code {
    fn module(&self, id: &ModuleId) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.0.get(id).cloned())
    }

    fn resource(&self, _: &AccountAddress, _: &StructTag) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(None)
    }

    fn table_item(&self, _: &AccountAddress, _: &[u8]) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(None)
    }

    fn code_version(&self) -> u64 {
        1
    }
}

struct Machine<'o> {
    output: &'o Output,
    vm: Vm,
    code: Code,
    schedule: Arc<GasSchedule>,
    gas_limit: u64,
    chain_id: u8,
}

impl<'o> Machine<'o> {
    fn new(output: &'o Output, natives: NativeTable, config: &TestConfig) -> Self {
        let code = output.modules.iter().map(|unit| (unit.id.clone(), Arc::from(unit.bytes.as_slice()))).collect();
        let vm_config = VmConfig {
            privileged: config.privileged.clone(),
            stack_traces: true,
            debug_output: true,
            ..VmConfig::default()
        };
        Machine {
            output,
            vm: Vm::new(natives, vm_config),
            code: Code(code),
            schedule: Arc::new(config.schedule.clone()),
            gas_limit: config.gas_limit.saturating_mul(GAS_UNIT),
            chain_id: config.chain_id,
        }
    }

    fn run(&self, name: &str, test: &TestCase) -> Report {
        let args: Vec<Vec<u8>> = test
            .args
            .iter()
            .map(|arg| match arg {
                TestArg::Signer(address) | TestArg::Address(address) => address.0.to_vec(),
            })
            .collect();
        let mut gas = GasMeter::new(self.gas_limit, self.gas_limit);
        let mut session = self.vm.session(&self.code, SessionContext::new(self.chain_id, self.schedule.clone()));
        let result = session.call(&test.module, test.function.as_str(), &[], &args, CallRule::Any, &mut gas);
        let printed = session.host().debug_output.clone().unwrap_or_default();
        Report {
            name: name.to_owned(),
            module: test.module.clone(),
            function: test.function.to_string(),
            outcome: self.judge(test, result.err()),
            gas_used: gas.used().div_ceil(GAS_UNIT),
            time: 0,
            printed,
        }
    }

    fn judge(&self, test: &TestCase, error: Option<VmError>) -> Outcome {
        let Some(error) = error else {
            return match &test.expected_failure {
                None => Outcome::Pass,
                Some(expected) => Outcome::Fail(Failure {
                    message: format!("Test did not error as expected: {}", describe_expectation(expected)),
                    explanation: None,
                    place: self.definition(test),
                    stack: Vec::new(),
                }),
            };
        };
        if test.expected_failure.as_ref().is_some_and(|expected| meets(expected, &error)) {
            return Outcome::Pass;
        }
        if is_out_of_gas(error.status) {
            return Outcome::Timeout;
        }
        let happened = describe(&error);
        let message = match &test.expected_failure {
            None => format!("Test was not expected to error, but it {happened}"),
            Some(expected) => {
                format!("Test did not error as expected: {}, but it {happened}", describe_expectation(expected))
            }
        };
        let mut explanation = self.explanation(&error);
        if let (None, Some(text)) = (&explanation, &error.message) {
            explanation = Some(text.clone());
        }
        Outcome::Fail(Failure {
            message,
            explanation,
            place: self.place(&error).or_else(|| self.definition(test)),
            stack: self.stack(&error),
        })
    }

    /// Name and description of an abort code.
    fn explanation(&self, error: &VmError) -> Option<String> {
        let (StatusCode::Aborted, Location::Module(id), Some(code)) = (error.status, &error.location, error.sub_status)
        else {
            return None;
        };
        let map = &self.output.module(id)?.facts.error_map;
        // With a category the reason stands in the low 16 bits.
        let known = map.get(&code).or_else(|| map.get(&(code & 0xffff)))?;
        Some(format!("{}(0x{code:x}): {}", known.code_name, known.code_description))
    }

    fn place(&self, error: &VmError) -> Option<Place> {
        let (Location::Module(id), Some((function, offset))) = (&error.location, error.at) else { return None };
        self.place_at(id, function, offset)
    }

    fn place_at(&self, id: &ModuleId, function: u16, offset: u16) -> Option<Place> {
        let unit = self.output.module(id)?;
        let map = unit.source_map.functions.get(usize::from(function))?;
        let span = map.span_at(offset).unwrap_or(map.span);
        let name = unit.facts.functions.get(usize::from(function)).map_or("?", |facts| facts.name.as_str());
        Some(self.place_of(span, &format!("{}::{name}", short(id))))
    }

    fn place_of(&self, span: move_compiler::Span, function: &str) -> Place {
        let files = &self.output.diagnostics.files;
        let position = files.position(span.file, span.start);
        let text = files.line_text(span.file, position.line).to_owned();
        let rest =
            u32::try_from(text.chars().count()).unwrap_or(u32::MAX).saturating_sub(position.column.saturating_sub(1));
        Place {
            path: files.path(span.file).to_owned(),
            line: position.line,
            column: position.column,
            text,
            width: span.end.saturating_sub(span.start).min(rest).max(1),
            function: function.to_owned(),
        }
    }

    fn definition(&self, test: &TestCase) -> Option<Place> {
        Some(self.place_of(test.span, &format!("{}::{}", short(&test.module), test.function)))
    }

    fn stack(&self, error: &VmError) -> Vec<String> {
        error
            .stack
            .iter()
            .map(|frame| {
                let Some(id) = &frame.module else { return frame.function.clone() };
                match self.place_at(id, frame.function_index, frame.code_offset) {
                    Some(place) => format!("{}::{} ({}:{})", short(id), frame.function, place.path, place.line),
                    None => format!("{}::{}", short(id), frame.function),
                }
            })
            .collect()
    }
}

/// The module with its address as short as it goes.
fn short(id: &ModuleId) -> String {
    format!("{}::{}", id.address.to_short_string(), id.name)
}

fn is_out_of_gas(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::OutOfGas
            | StatusCode::ExecutionLimitReached
            | StatusCode::IoLimitReached
            | StatusCode::StorageLimitReached
    )
}

fn meets(expected: &ExpectedFailure, error: &VmError) -> bool {
    let there = |location: &ModuleId| matches!(&error.location, Location::Module(id) if id == location);
    match expected {
        ExpectedFailure::Any => true,
        ExpectedFailure::Abort { code, location, .. } => {
            error.status == StatusCode::Aborted
                && error.sub_status == Some(*code)
                && location.as_ref().is_none_or(there)
        }
        ExpectedFailure::Arithmetic { location } => error.status == StatusCode::ArithmeticError && there(location),
        ExpectedFailure::Vector { minor, location } => {
            error.status == StatusCode::VectorOperationError
                && minor.is_none_or(|minor| error.sub_status == Some(minor))
                && there(location)
        }
        ExpectedFailure::OutOfGas { location } => is_out_of_gas(error.status) && there(location),
        ExpectedFailure::Status { major, minor, location } => {
            error.status.number() == *major
                && minor.is_none_or(|minor| error.sub_status == Some(minor))
                && there(location)
        }
    }
}

fn describe(error: &VmError) -> String {
    let place = match &error.location {
        Location::Module(id) => format!(" originating in the module {}", short(id)),
        Location::Script => " originating in a script".to_owned(),
        Location::Undefined => String::new(),
    };
    match (error.status, error.sub_status) {
        (StatusCode::Aborted, Some(code)) => format!("aborted with code {code} (0x{code:x}){place}"),
        (status, None) => format!("failed with {} ({}){place}", status.name(), status.number()),
        (status, Some(minor)) => {
            format!("failed with {} ({}), sub-status {minor},{place}", status.name(), status.number())
        }
    }
}

fn describe_expectation(expected: &ExpectedFailure) -> String {
    match expected {
        ExpectedFailure::Any => "expected any failure".to_owned(),
        ExpectedFailure::Abort { code, constant, location } => {
            let name = constant.as_ref().map(|name| format!(" `{name}`")).unwrap_or_default();
            let place = location.as_ref().map(|id| format!(" in the module {}", short(id))).unwrap_or_default();
            format!("expected to abort with code{name} {code} (0x{code:x}){place}")
        }
        ExpectedFailure::Arithmetic { location } => {
            format!("expected an arithmetic error in the module {}", short(location))
        }
        ExpectedFailure::Vector { minor: None, location } => {
            format!("expected a vector error in the module {}", short(location))
        }
        ExpectedFailure::Vector { minor: Some(minor), location } => {
            format!("expected a vector error with sub-status {minor} in the module {}", short(location))
        }
        ExpectedFailure::OutOfGas { location } => {
            format!("expected to run out of gas in the module {}", short(location))
        }
        ExpectedFailure::Status { major, minor, location } => {
            let minor = minor.map(|minor| format!(" and sub-status {minor}")).unwrap_or_default();
            format!("expected to fail with status {major}{minor} in the module {}", short(location))
        }
    }
}

impl Report {
    /// Whether it ended as it should.
    pub fn passed(&self) -> bool {
        self.outcome == Outcome::Pass
    }

    /// `[ PASS    ] 0x1::m::test`.
    pub fn line(&self) -> String {
        let word = match self.outcome {
            Outcome::Pass => "PASS",
            Outcome::Fail(_) => "FAIL",
            Outcome::Timeout => "TIMEOUT",
        };
        format!("[ {word:<7} ] {}", self.name)
    }

    /// The report as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        let (result, failure) = match &self.outcome {
            Outcome::Pass => ("pass", None),
            Outcome::Timeout => ("timeout", None),
            Outcome::Fail(failure) => ("fail", Some(failure)),
        };
        let mut json = serde_json::json!({
            "test": self.name,
            "result": result,
            "gas_used": self.gas_used,
            "time_us": self.time,
        });
        if let (false, Some(object)) = (self.printed.is_empty(), json.as_object_mut()) {
            object.insert("printed".to_owned(), self.printed.clone().into());
        }
        if let (Some(failure), Some(object)) = (failure, json.as_object_mut()) {
            object.insert("message".to_owned(), failure.message.clone().into());
            object.insert("explanation".to_owned(), failure.explanation.clone().into());
            if let Some(place) = &failure.place {
                object.insert("path".to_owned(), place.path.clone().into());
                object.insert("line".to_owned(), place.line.into());
                object.insert("column".to_owned(), place.column.into());
            }
            object.insert("stack".to_owned(), failure.stack.clone().into());
        }
        json
    }
}

impl Summary {
    /// How many passed.
    pub fn passed(&self) -> usize {
        self.reports.iter().filter(|report| report.passed()).count()
    }

    /// How many did not.
    pub fn failed(&self) -> usize {
        self.reports.len() - self.passed()
    }

    /// What failed and why, by module; empty if nothing did.
    pub fn failures(&self) -> String {
        let mut text = String::new();
        let mut last: Option<&ModuleId> = None;
        for report in self.reports.iter().filter(|report| !report.passed()) {
            if last.is_none() {
                text.push_str("\nTest failures:\n");
            }
            if last != Some(&report.module) {
                let _ = writeln!(text, "\nFailures in {}:", short(&report.module));
            }
            last = Some(&report.module);
            let _ = writeln!(text, "\n┌── {} ──────", report.function);
            match &report.outcome {
                Outcome::Pass => {}
                Outcome::Timeout => {
                    let _ = writeln!(text, "│ Test timed out: it used its {} gas units", report.gas_used);
                }
                Outcome::Fail(failure) => failure.write(&mut text),
            }
            text.push_str("└──────────────────\n");
        }
        text
    }

    /// `Test result: OK. Total tests: 3; passed: 3; failed: 0`.
    pub fn line(&self) -> String {
        let word = if self.failed() == 0 { "OK" } else { "FAILED" };
        format!(
            "Test result: {word}. Total tests: {}; passed: {}; failed: {}",
            self.reports.len(),
            self.passed(),
            self.failed()
        )
    }

    /// Name, time and gas of each test, as a table.
    pub fn statistics(&self) -> String {
        let width = self.reports.iter().map(|report| report.name.len()).max().unwrap_or(0).max(9);
        let mut text = format!("{:<width$}  {:>10}  {:>12}\n", "Test name", "Time, ms", "Gas used");
        for report in &self.reports {
            let _ = writeln!(
                text,
                "{:<width$}  {:>6}.{:03}  {:>12}",
                report.name,
                report.time / 1000,
                report.time % 1000,
                report.gas_used
            );
        }
        text
    }
}

impl Failure {
    fn write(&self, text: &mut String) {
        text.push_str("│ error[E11001]: test failure\n");
        if let Some(place) = &self.place {
            let margin = " ".repeat(place.line.to_string().len());
            let _ = writeln!(text, "│ {margin} ┌─ {}:{}:{}", place.path, place.line, place.column);
            let _ = writeln!(text, "│ {margin} │");
            let _ = writeln!(text, "│ {} │ {}", place.line, place.text);
            let indent = " ".repeat(place.column.saturating_sub(1) as usize);
            let _ = writeln!(text, "│ {margin} │ {indent}{} in {}", "^".repeat(place.width as usize), place.function);
        }
        let _ = writeln!(text, "│ {}", self.message);
        if let Some(explanation) = &self.explanation {
            let _ = writeln!(text, "│ {explanation}");
        }
        if self.stack.len() > 1 {
            text.push_str("│\n│ stack trace\n");
            for frame in &self.stack {
                let _ = writeln!(text, "│   {frame}");
            }
        }
    }
}
