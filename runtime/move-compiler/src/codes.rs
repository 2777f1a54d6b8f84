//! Stable codes of diagnostics: name, title and explanation.
//!
//! Numbers are never reused. `E01..`: text; `E02..`: declarations; `E03..`: names; `E04..`: types;
//! `E05..`: abilities; `E06..`: flow and borrows; `E07..`: inline functions and function values;
//! `E08..`: attributes and tests; `E09..`: limits and defects of the compiler; `W..`: warnings.

use crate::diagnostics::Severity;

macro_rules! codes {
    ($($variant:ident = $name:literal, $title:literal, $explanation:literal;)*) => {
        /// The kind of a finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $title] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// `E0203`
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// A few words.
            pub fn title(self) -> &'static str {
                match self { $(Code::$variant => $title,)* }
            }

            /// What the rule is and what to do.
            pub fn explanation(self) -> &'static str {
                match self { $(Code::$variant => $explanation,)* }
            }
        }
    };
}

codes! {
    InvalidCharacter = "E0101", "invalid character", "Outside of comments, Move source is printable ASCII, tabs and line ends.";
    UnterminatedComment = "E0102", "unterminated block comment", "A comment opened with `/*` needs a closing `*/`; such comments nest.";
    BadString = "E0103", "malformed byte string", "Byte strings are `b\"text\"` with the escapes \\n \\r \\t \\\\ \\0 \\\" \\xHH, or `x\"hex digits\"` with an even number of digits. They end on the line on which they begin.";
    BadNumber = "E0104", "malformed number", "Numbers are decimal or hexadecimal, at most 256 bits, with an optional type suffix such as `u8`; a suffixed number must fit its type.";
    Syntax = "E0105", "syntax error", "The text does not follow the grammar at this place.";
    AngleBlank = "E0106", "`<` read as type arguments", "A `<` directly after a name starts type arguments. Put a blank before it to compare.";
    TooDeep = "E0107", "nested too deeply", "Expressions, types, patterns and blocks may nest only so deep.";
    NeedsLanguage = "E0108", "needs a newer language version", "The construct exists, but not at the language version of this package.";
    DuplicateItem = "E0201", "duplicate definition", "A name may be declared only once in its scope.";
    BadName = "E0202", "unsuitable name", "Types, variants and constants start with an upper-case letter, variables with a lower-case letter or underscore; functions and modules do not start with an underscore; names of built-in types and functions are reserved.";
    NoAddress = "E0203", "module without address", "A module is written `module address::name`, or stands in an `address` block.";
    UnknownAddress = "E0204", "undefined named address", "Named addresses get their values in `[addresses]` of the package manifest.";
    DependencyCycle = "E0205", "cyclic module dependency", "Modules may not use each other in a circle; friend declarations count in the opposite direction.";
    RecursiveStruct = "E0206", "type contains itself", "A struct or enum may not contain itself, directly or through other types, not even in a vector.";
    BadEnum = "E0207", "malformed enum", "An enum needs at least one and at most 127 variants.";
    BadAbilities = "E0208", "malformed ability list", "The abilities are `copy`, `drop`, `store` and `key`; each may be listed once, before or after the body.";
    InvalidType = "E0209", "type not allowed here", "References and tuples cannot be fields, type arguments or vector elements.";
    PhantomPosition = "E0210", "phantom parameter in a non-phantom position", "A phantom type parameter may only be an argument for another phantom parameter.";
    BadModifiers = "E0211", "modifiers do not go together", "Some modifiers exclude each other, for example `native` and a body, or `entry` and `inline`.";
    BadEntry = "E0212", "unsuitable entry function", "Entry functions return nothing and take only types that a transaction can carry.";
    BadInit = "E0213", "unsuitable `init_module`", "`init_module` is private, not generic, returns nothing and takes one `&signer`.";
    BadFriend = "E0214", "unsuitable friend declaration", "A friend is another module at the same address; friends and package visibility do not mix.";
    BadConstant = "E0215", "unsuitable constant", "Constants have primitive types or vectors of these, and initialisers that can be computed at compile time.";
    ConstantOverflow = "E0216", "constant cannot be computed", "Each operator is evaluated in the type of its operands; a result out of range, a division by zero or a shift by too much is an error.";
    ConstantCycle = "E0217", "recursive constant", "Constants may not refer to themselves, directly or indirectly.";
    BadScript = "E0218", "unsuitable script", "A script has exactly one function that returns nothing, takes signers first, and declares no types.";
    UnboundModule = "E0301", "unbound module", "No module of that name is in scope; `use address::module;` brings one in.";
    UnboundMember = "E0302", "unbound member", "The module has no such member.";
    UnboundName = "E0303", "unbound name", "Nothing of that name is in scope.";
    UnboundType = "E0304", "unbound type", "No type of that name is in scope.";
    UnboundField = "E0305", "unbound field", "The type has no such field.";
    UnboundMethod = "E0306", "unbound receiver function", "Receiver functions are declared in the module of the type, with a first parameter named `self`.";
    UnboundLabel = "E0307", "unbound label", "No enclosing loop has that label.";
    WrongKind = "E0308", "name of the wrong kind", "The name denotes something else than what is needed here.";
    NotVisible = "E0309", "not visible here", "Private functions and constants can be used only in their module; friend and package functions by friends and by the package.";
    StructAccess = "E0310", "operation outside of the defining module", "Only the module that declares a type can build, take apart, select from and store its values.";
    UnboundVariant = "E0311", "unbound variant", "The enum has no such variant.";
    TypeMismatch = "E0401", "type mismatch", "The types do not agree. Move converts nothing by itself, except `&mut` to `&`.";
    WrongArity = "E0402", "wrong number", "The number of arguments, type arguments, fields or tuple elements is not the declared one.";
    LiteralRange = "E0403", "literal out of range", "The number does not fit its type.";
    CannotInfer = "E0404", "type cannot be inferred", "Nothing determines the type; write it down.";
    BadBorrow = "E0405", "cannot borrow", "References cannot be borrowed, and nothing behind `&` can be borrowed mutably.";
    BadIndex = "E0406", "cannot be indexed", "Index notation works on vectors and, with an address, on resources of this module.";
    BadFieldSet = "E0407", "wrong set of fields", "Every field is given exactly once; patterns may leave out the rest with `..`.";
    NotCallable = "E0408", "not a function", "Only functions and function values can be called.";
    BadCast = "E0409", "cannot be cast", "Casts go from integers to integers.";
    NotAssignable = "E0410", "cannot be assigned", "Variables, fields, dereferenced mutable references and elements can be assigned.";
    BadPattern = "E0411", "unsuitable pattern", "The pattern does not fit the type or the place.";
    LoopControl = "E0412", "`break` or `continue` outside of a loop", "They need an enclosing loop in the same function or lambda.";
    NotExhaustive = "E0413", "match is not exhaustive", "Every value must be matched by an arm without a guard.";
    Unreachable = "E0414", "unreachable match arm", "Earlier arms match everything that this one matches.";
    EnumField = "E0415", "field cannot be selected on the enum", "Every variant that has the field must give it the same type.";
    MissingAbility = "E0501", "missing ability", "The operation needs an ability that the type does not have.";
    FieldAbility = "E0502", "field lacks an ability", "The fields of a type need the abilities that the type declares; for `key` they need `store`.";
    NotCopyable = "E0503", "value cannot be copied", "The value is still used or borrowed later, so that it would have to be copied, but its type has no `copy`.";
    NotDroppable = "E0504", "value cannot be dropped", "The value would be lost here, but its type has no `drop`.";
    Unassigned = "E0601", "use of unassigned variable", "The variable may have no value here: it was never assigned, or its value was moved.";
    MoveBorrowed = "E0602", "moved while borrowed", "A reference to the variable is still in use.";
    BorrowConflict = "E0603", "conflicting borrow", "Another reference to the same place is still in use.";
    ReturnLocal = "E0604", "reference to a local or global escapes", "A returned reference must come from a reference parameter.";
    GlobalConflict = "E0605", "global borrowed already", "A reference into this resource is still in use.";
    Acquires = "E0606", "wrong `acquires` list", "A written list must name exactly the resources that the function reads, borrows or takes, directly or through calls in the module.";
    MovedLater = "E0607", "moved variable used later", "After `move x` the variable has no value.";
    InlineReturn = "E0701", "control flow leaves an inline function or lambda", "`return` is not allowed in inline functions and their lambdas, nor `break` and `continue` across their border.";
    InlineCycle = "E0702", "recursive inline function", "Inline functions are expanded, so they cannot call themselves.";
    Capture = "E0703", "cannot be captured", "Closures capture values, not references, and do not change what they captured.";
    LambdaAbility = "E0704", "function value lacks an ability", "A closure has the abilities of its captured values; `store` also needs a public or persistent function.";
    LambdaPlace = "E0705", "function value not possible here", "The function value cannot be formed at this place.";
    GenericLoop = "E0706", "endless instantiation", "A generic function that calls itself with ever larger types would need infinitely many instances.";
    BadAttribute = "E0801", "unsuitable attribute", "The attribute cannot stand here, or its arguments are wrong.";
    BadTest = "E0802", "unsuitable test", "Test functions have no type parameters and no result; each parameter gets an address in the attribute.";
    Randomness = "E0803", "randomness could be misused", "A function that reaches the randomness module must be a non-public entry function with the `randomness` attribute, so that nobody can abort after seeing the outcome.";
    Limit = "E0901", "limit exceeded", "The binary format and the verifier limit the size of functions, types and tables.";
    Internal = "E0902", "internal compiler error", "The compiler produced code that the verifier refuses. This is a defect of the compiler; please report it with the source.";
    DanglingDoc = "W0101", "unattached documentation comment", "A documentation comment belongs in front of a module, type, variant, field, constant or function.";
    Obsolete = "W0102", "obsolete syntax", "The form is still accepted, but has a successor.";
    BlockOperator = "W0103", "operator continues a block", "A binary operator at the start of a line continues the block expression before it. Write `;` after the block to separate them.";
    UnusedVariable = "W0201", "unused variable", "Prefix the name with an underscore if this is intended.";
    UnusedAssignment = "W0202", "unused assignment", "The value is overwritten or lost before it is read.";
    UnusedUse = "W0203", "unused alias", "Nothing refers to this `use` declaration.";
    UnusedTypeParameter = "W0204", "unused type parameter", "Declare the parameter `phantom`, or remove it.";
    UnusedFunction = "W0205", "unused function", "The private function is never called.";
    UnusedConstant = "W0206", "unused constant", "The constant is never used.";
    NotReceiver = "W0207", "`self` does not make a receiver function", "Receiver functions take `self` of a type of the same module, by value or by reference.";
    UnknownAttribute = "W0208", "unknown attribute", "The attribute has no meaning here.";
    UnreachableCode = "W0209", "unreachable code", "Control flow never gets here.";
    SignerOrder = "W0210", "signer after other parameters", "Signers come first in entry functions.";
    Deprecated = "W0211", "use of a deprecated item", "The item is marked as deprecated.";
    TestLocation = "W0212", "expected abort code without location", "An abort with this code from any module satisfies the test; add `location = ..`.";
    ShadowedAlias = "W0214", "alias is shadowed", "A member of the module has the same name as the alias, and wins.";
    ConstantComparison = "W0301", "comparison is always true or false", "An unsigned number is never below zero, and no number exceeds the largest of its type.";
    EndlessWhile = "W0302", "`while (true)`", "An endless loop is written `loop`; the compiler then knows that it ends only by `break`.";
    NeedlessBool = "W0303", "needless boolean literal", "A condition is a value already; comparing it with `true` or `false`, or choosing between them, adds nothing.";
    NeedlessReference = "W0304", "needless borrow or read", "`&*r` of a reference is the reference, and `*&x` of a variable is the variable.";
    NeedlessMutable = "W0305", "needless mutable borrow", "The reference is used as an immutable one only.";
    DivisionFirst = "W0306", "division before multiplication", "Integer division drops the remainder; multiplying first keeps it, as long as the product fits the type.";
    NoEffect = "W0307", "expression without effect", "The value is computed and thrown away.";
    UnusedStruct = "W0213", "unused type", "Nothing refers to the type.";
}

impl Code {
    /// Whether findings of this kind are errors or warnings.
    pub fn severity(self) -> Severity {
        if self.name().starts_with('E') { Severity::Error } else { Severity::Warning }
    }

    /// Name of a warning in `#[lint::skip(..)]`: `unused_variable`.
    pub fn lint(self) -> String {
        let mut name = String::new();
        for c in format!("{self:?}").chars() {
            if c.is_ascii_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(c.to_ascii_lowercase());
        }
        name
    }

    /// The code with a name such as `E0401`.
    pub fn from_name(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.name() == name)
    }
}
