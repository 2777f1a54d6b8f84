//! Commands: words with options, as text. Values and types are read later, when named addresses are known.

/// What a task does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Declares named addresses: `name=value`.
    Init { addresses: Vec<String> },
    /// Publishes the modules in the data.
    Publish { gas_budget: Option<u64>, verbose: bool },
    /// Calls a function, or runs the script in the data.
    Run(Run),
    /// Shows a resource.
    View { address: String, resource: String },
    /// Compiles the data and shows the code.
    PrintBytecode { module: bool },
}

/// What `run` was told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Run {
    /// `ADDR::module::function`.
    pub(crate) function: Option<String>,
    pub(crate) signers: Vec<String>,
    /// Values, with what stood between them.
    pub(crate) args: String,
    /// Types, with what stood between them.
    pub(crate) type_args: String,
    pub(crate) gas_budget: Option<u64>,
    pub(crate) verbose: bool,
}

impl Command {
    /// The word it begins with.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Command::Init { .. } => "init",
            Command::Publish { .. } => "publish",
            Command::Run(_) => "run",
            Command::View { .. } => "view",
            Command::PrintBytecode { .. } => "print-bytecode",
        }
    }

    /// Whether code may follow.
    pub(crate) fn takes_data(&self) -> bool {
        match self {
            Command::Publish { .. } | Command::PrintBytecode { .. } => true,
            Command::Run(run) => run.function.is_none(),
            Command::Init { .. } | Command::View { .. } => false,
        }
    }
}

/// What follows an option.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    One,
    List,
}

/// Options by command.
const OPTIONS: &[(&str, &[(&str, Takes)])] = &[
    ("init", &[("--addresses", Takes::List)]),
    ("publish", &[("--gas-budget", Takes::One), ("--verbose", Takes::Nothing)]),
    (
        "run",
        &[
            ("--signers", Takes::List),
            ("--args", Takes::List),
            ("--type-args", Takes::List),
            ("--gas-budget", Takes::One),
            ("--verbose", Takes::Nothing),
        ],
    ),
    ("view", &[("--address", Takes::One), ("--resource", Takes::One)]),
    ("print-bytecode", &[("--input", Takes::One)]),
];

/// Options that every command accepts and ignores.
fn ignored(option: &str) -> Option<Takes> {
    match option {
        "--syntax" => Some(Takes::One),
        "--print-bytecode" => Some(Takes::Nothing),
        _ if option.starts_with("--skip-check-") => Some(Takes::Nothing),
        _ => None,
    }
}

/// An option with the text behind it, and the words that belong to none.
struct Words<'a> {
    options: Vec<(&'static str, &'a str)>,
    positional: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn get(&self, option: &str) -> Option<&'a str> {
        self.options.iter().find(|(name, _)| *name == option).map(|(_, text)| *text)
    }

    fn has(&self, option: &str) -> bool {
        self.get(option).is_some()
    }

    fn gas_budget(&self) -> Result<Option<u64>, String> {
        let Some(text) = self.get("--gas-budget") else { return Ok(None) };
        text.parse().map(Some).map_err(|_| format!("`--gas-budget` takes a number, not `{text}`"))
    }
}

/// Words between ASCII blanks, as ranges.
fn ranges(line: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, byte) in line.bytes().chain([b' ']).enumerate() {
        match (byte.is_ascii_whitespace(), start) {
            (false, None) => start = Some(at),
            (true, Some(begin)) => {
                found.push((begin, at));
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// Reads a command line.
pub(crate) fn parse(line: &str) -> Result<Command, String> {
    let ranges = ranges(line);
    let text = |(start, end): (usize, usize)| line.get(start..end).unwrap_or("");
    let name = ranges.first().map_or("", |range| text(*range));
    let Some((_, options)) = OPTIONS.iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = OPTIONS.iter().map(|(name, _)| *name).collect();
        return Err(format!("unknown command `{name}`: known are {}", known.join(", ")));
    };
    let words = split(line, ranges.get(1..).unwrap_or_default(), name, options)?;
    command(name, &words)
}

fn split<'a>(
    line: &'a str,
    ranges: &[(usize, usize)],
    command: &str,
    options: &[(&'static str, Takes)],
) -> Result<Words<'a>, String> {
    let text = |(start, end): (usize, usize)| line.get(start..end).unwrap_or("");
    let is_option = |range: &(usize, usize)| text(*range).starts_with("--");
    let mut words = Words { options: Vec::new(), positional: Vec::new() };
    let mut rest = ranges.iter().peekable();
    while let Some(range) = rest.next() {
        let word = text(*range);
        if word == "--" {
            words.positional.extend(rest.by_ref().map(|range| text(*range)));
            break;
        }
        if !word.starts_with("--") {
            words.positional.push(word);
            continue;
        }
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (word, None),
        };
        let known = options.iter().find(|(name, _)| *name == option);
        let Some((name, takes)) = known.copied().or_else(|| ignored(option).map(|takes| ("", takes))) else {
            return Err(format!("`{command}` has no option `{option}`"));
        };
        // The text from here to the next option, as it stands: brackets and strings may hold blanks.
        let found = match (takes, value) {
            (Takes::Nothing, None) => "",
            (Takes::Nothing, Some(_)) => return Err(format!("`{option}` takes no value")),
            (Takes::One | Takes::List, value) => {
                let start = match value {
                    Some(_) => range.0 + option.len() + 1,
                    None => rest.peek().map_or(range.1, |next| next.0),
                };
                let mut end = if value.is_some() { range.1 } else { start };
                while let Some(next) = rest.peek().copied().filter(|next| !is_option(next)) {
                    let open = line.get(start..end).is_some_and(is_open);
                    let wanted = takes == Takes::List || end == start || open;
                    if !wanted {
                        break;
                    }
                    end = next.1;
                    rest.next();
                }
                if end == start && takes == Takes::One {
                    return Err(format!("`{option}` needs a value"));
                }
                line.get(start..end).unwrap_or("")
            }
        };
        if name.is_empty() {
            continue;
        }
        if words.has(name) {
            return Err(format!("`{option}` is given twice"));
        }
        words.options.push((name, found));
    }
    Ok(words)
}

/// Whether a bracket is open at the end of a text.
fn is_open(text: &str) -> bool {
    let opened = text.bytes().filter(|byte| matches!(byte, b'<' | b'[')).count();
    let closed = text.bytes().filter(|byte| matches!(byte, b'>' | b']')).count();
    opened > closed
}

fn command(name: &str, words: &Words<'_>) -> Result<Command, String> {
    let positional_max = usize::from(name == "run");
    if let Some(extra) = words.positional.get(positional_max) {
        return Err(format!("`{name}` does not know what to do with `{extra}`"));
    }
    let list = |option: &str| -> Vec<String> {
        words.get(option).unwrap_or("").split_ascii_whitespace().map(str::to_owned).collect()
    };
    let text = |option: &str| words.get(option).unwrap_or("").to_owned();
    Ok(match name {
        "init" => Command::Init { addresses: list("--addresses") },
        "publish" => Command::Publish { gas_budget: words.gas_budget()?, verbose: words.has("--verbose") },
        "run" => Command::Run(Run {
            function: words.positional.first().map(|name| (*name).to_owned()),
            signers: list("--signers"),
            args: text("--args"),
            type_args: text("--type-args"),
            gas_budget: words.gas_budget()?,
            verbose: words.has("--verbose"),
        }),
        "view" => {
            let wanted = |option: &str| {
                words.get(option).map(str::to_owned).ok_or_else(|| format!("`view` needs the option `{option}`"))
            };
            Command::View { address: wanted("--address")?, resource: wanted("--resource")? }
        }
        _ => Command::PrintBytecode {
            module: match words.get("--input") {
                None | Some("script") => false,
                Some("module") => true,
                Some(other) => return Err(format!("`--input` takes `script` or `module`, not `{other}`")),
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_run_to_the_next_option() {
        let line =
            "run --signers 0x1 @b --args 1 b\"a  b\" [1, 2] --verbose --type-args u8 0x1::m::S<u8, bool> -- 0x1::m::f";
        let expected = Run {
            function: Some("0x1::m::f".to_owned()),
            signers: vec!["0x1".to_owned(), "@b".to_owned()],
            args: "1 b\"a  b\" [1, 2]".to_owned(),
            type_args: "u8 0x1::m::S<u8, bool>".to_owned(),
            gas_budget: None,
            verbose: true,
        };
        assert_eq!(parse(line).unwrap(), Command::Run(expected));
    }

    #[test]
    fn a_single_value_ends_with_its_brackets() {
        let expected = Command::View { address: "0x1".to_owned(), resource: "0x1::m::R<u8, vector<u8>>".to_owned() };
        assert_eq!(parse("view --resource 0x1::m::R<u8, vector<u8>> --address 0x1").unwrap(), expected);
        assert_eq!(parse("view --address=0x1 --resource=0x1::m::R<u8, vector<u8>>").unwrap(), expected);
    }

    #[test]
    fn some_options_change_nothing() {
        let plain = parse("publish --gas-budget 7").unwrap();
        assert_eq!(plain, Command::Publish { gas_budget: Some(7), verbose: false });
        let more = "publish --syntax move --print-bytecode --skip-check-stackless-bytecode-generator --gas-budget 7";
        assert_eq!(parse(more).unwrap(), plain);
        assert!(
            matches!(parse("run --print-bytecode --syntax=move 0x1::m::f"), Ok(Command::Run(run)) if run.function.is_some())
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, word) in [
            ("walk", "walk"),
            ("publish here", "here"),
            ("run 0x1::m::f 0x1::m::g", "0x1::m::g"),
            ("run --colour red", "--colour"),
            ("publish --gas-budget", "--gas-budget"),
            ("publish --gas-budget all", "all"),
            ("publish --gas-budget 1 --gas-budget 2", "twice"),
            ("view --address 0x1", "--resource"),
            ("print-bytecode --input text", "text"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(word), "{line}: {error}");
        }
    }
}
