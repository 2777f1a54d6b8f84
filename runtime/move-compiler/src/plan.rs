//! Which unit tests there are, and what they expect.

use crate::{
    api::{ExpectedFailure, TestArg, TestCase},
    ast::{Attribute, AttributeValue, Chain, Exp, ExpKind, Leading},
    codes::Code,
    constants,
    diagnostics::Diagnostic,
    facts::small_number,
    program::{FunDecl, Member, Program, attribute, attribute_args},
    resolve::{Names, Resolved, number_address},
    types::{FunId, ModId, Ty},
};
use move_core_types::{AccountAddress, Identifier, ModuleId};

/// Plans the tests of the root package.
pub(crate) fn tests(program: &Program) -> Vec<TestCase> {
    let mut cases = Vec::new();
    for index in 0..program.modules.len() {
        let id = ModId(index as u32);
        if !program.is_root(id) {
            continue;
        }
        for fun in &program.module(id).funs {
            if program.fun(*fun).is_test
                && let Some(case) = test(program, *fun)
            {
                cases.push(case);
            }
        }
    }
    cases
}

fn bad(program: &Program, span: crate::Span, message: impl Into<String>) {
    program.report(Diagnostic::new(Code::BadTest, span, message));
}

fn test(program: &Program, id: FunId) -> Option<TestCase> {
    let decl = program.fun(id);
    let attributes = &decl.ast.attributes;
    let test = attribute(attributes, "test")?;
    if !decl.type_params.is_empty() {
        bad(program, decl.name_span, "a test has no type parameters");
    }
    if !decl.result.is_unit() && decl.result != Ty::Error {
        bad(program, decl.name_span, "a test returns nothing");
    }
    if decl.is_inline || decl.is_native || program.module(decl.module).is_script {
        bad(program, decl.name_span, "a test is an ordinary function of a module");
        return None;
    }
    let args = arguments(program, decl, test);
    let expected_failure = match attribute(attributes, "expected_failure") {
        None => None,
        Some(attribute) => Some(expectation(program, decl, attribute)?),
    };
    Some(TestCase {
        module: program.module_id(decl.module)?,
        function: Identifier::new(&*decl.name).ok()?,
        args: args?,
        expected_failure,
        span: decl.name_span,
    })
}

fn arguments(program: &Program, decl: &FunDecl, test: &Attribute) -> Option<Vec<TestArg>> {
    let given = attribute_args(test);
    for arg in given {
        if !decl.params.iter().any(|(name, _, _)| *name == arg.name) {
            bad(program, arg.span, format!("test `{}` has no parameter `{}`", decl.name, arg.name));
        }
    }
    let mut args = Vec::new();
    for (name, span, ty) in &decl.params {
        let Some(arg) = given.iter().find(|arg| arg.name == *name) else {
            program.report(
                Diagnostic::new(Code::BadTest, *span, format!("parameter `{name}` of the test gets no value"))
                    .also(test.span, format!("write `#[test({name} = @address)]`")),
            );
            return None;
        };
        let address = address_of(program, decl.module, arg)?;
        args.push(match ty {
            Ty::Signer => TestArg::Signer(address),
            Ty::Ref(false, inner) if **inner == Ty::Signer => TestArg::Signer(address),
            Ty::Address => TestArg::Address(address),
            Ty::Error => return None,
            _ => {
                bad(program, *span, "parameters of tests are `signer`, `&signer` or `address`");
                return None;
            }
        });
    }
    Some(args)
}

fn address_of(program: &Program, module: ModId, arg: &Attribute) -> Option<AccountAddress> {
    let package = program.module(module).package;
    if let AttributeValue::Exp(exp) = &arg.value {
        match &exp.kind {
            ExpKind::Address(leading) => return program.address(package, leading),
            ExpKind::Number(value, None) => return Some(number_address(*value)),
            ExpKind::Name(chain, None) => {
                if let Some(single) = chain.single() {
                    return program.address(package, &Leading::Name(single.clone()));
                }
            }
            _ => {}
        }
    }
    bad(program, arg.span, "expected an address, such as `@0x1`");
    None
}

fn number(program: &Program, arg: &Attribute) -> Option<u64> {
    if let AttributeValue::Exp(exp) = &arg.value
        && let ExpKind::Number(value, _) = &exp.kind
        && let Ok(value) = u64::try_from(*value)
    {
        return Some(value);
    }
    bad(program, arg.span, format!("`{}` takes a number of 64 bits", arg.name));
    None
}

fn location(program: &Program, decl: &FunDecl, args: &[Attribute]) -> Option<Option<ModuleId>> {
    let Some(arg) = args.iter().find(|arg| &*arg.name == "location") else { return Some(None) };
    if let AttributeValue::Exp(exp) = &arg.value
        && let ExpKind::Name(chain, _) = &exp.kind
    {
        let names = Names::new(program, decl.module, Vec::new());
        let module = names.module_chain(chain)?;
        return Some(program.module_id(module));
    }
    bad(program, arg.span, "`location` takes `Self` or a module");
    None
}

fn expectation(program: &Program, decl: &FunDecl, attribute: &Attribute) -> Option<ExpectedFailure> {
    let args = attribute_args(attribute);
    const KINDS: [&str; 5] = ["abort_code", "arithmetic_error", "vector_error", "out_of_gas", "major_status"];
    for arg in args {
        if !KINDS.contains(&&*arg.name) && !matches!(&*arg.name, "location" | "minor_status") {
            program.report(Diagnostic::new(
                Code::UnknownAttribute,
                arg.span,
                format!("unknown argument `{}` of `expected_failure`", arg.name),
            ));
        }
    }
    let kinds: Vec<&Attribute> = args.iter().filter(|arg| KINDS.contains(&&*arg.name)).collect();
    let location = location(program, decl, args)?;
    let minor = match args.iter().find(|arg| &*arg.name == "minor_status") {
        Some(arg) => Some(number(program, arg)?),
        None => None,
    };
    let kind = match kinds.as_slice() {
        [] => {
            if !args.is_empty() {
                bad(program, attribute.span, format!("say what kind of failure is expected: {}", KINDS.join(", ")));
                return None;
            }
            return Some(ExpectedFailure::Any);
        }
        [kind] => *kind,
        _ => {
            bad(program, attribute.span, "a test fails in one way only");
            return None;
        }
    };
    if &*kind.name == "abort_code" {
        return abort_code(program, decl, kind, location);
    }
    let Some(location) = location else {
        bad(program, attribute.span, format!("`{}` needs a `location`", kind.name));
        return None;
    };
    Some(match &*kind.name {
        "arithmetic_error" => ExpectedFailure::Arithmetic { location },
        "vector_error" => ExpectedFailure::Vector { minor, location },
        "out_of_gas" => ExpectedFailure::OutOfGas { location },
        _ => ExpectedFailure::Status { major: number(program, kind)?, minor, location },
    })
}

fn abort_code(
    program: &Program,
    decl: &FunDecl,
    arg: &Attribute,
    location: Option<ModuleId>,
) -> Option<ExpectedFailure> {
    let AttributeValue::Exp(exp) = &arg.value else {
        bad(program, arg.span, "`abort_code` takes a number or a constant");
        return None;
    };
    match &exp.kind {
        ExpKind::Number(..) => {
            let code = number(program, arg)?;
            if location.is_none() {
                program.report(
                    Diagnostic::new(
                        Code::TestLocation,
                        arg.span,
                        "an abort with this code from any module satisfies the test",
                    )
                    .note("add `location = Self` or a module, or name a constant"),
                );
            }
            Some(ExpectedFailure::Abort { code, constant: None, location })
        }
        ExpKind::Name(chain, _) => constant_code(program, decl, exp, chain, location),
        _ => {
            bad(program, exp.span, "`abort_code` takes a number or a constant");
            None
        }
    }
}

fn constant_code(
    program: &Program,
    decl: &FunDecl,
    exp: &Exp,
    chain: &Chain,
    location: Option<ModuleId>,
) -> Option<ExpectedFailure> {
    let names = Names::new(program, decl.module, Vec::new());
    let resolved = names.any(chain, "constant", Code::UnboundName)?;
    let Resolved::Member(Member::Const(id)) = resolved else {
        bad(program, exp.span, "this is not a constant");
        return None;
    };
    let constant = program.constant(id);
    constant.used.set(true);
    let Some(code) = constants::value(program, id).as_ref().and_then(small_number) else {
        bad(program, exp.span, format!("constant `{}` is not a number of 64 bits", constant.name));
        return None;
    };
    let home = program.module_id(constant.module);
    Some(ExpectedFailure::Abort { code, constant: Some(constant.name.to_string()), location: location.or(home) })
}
