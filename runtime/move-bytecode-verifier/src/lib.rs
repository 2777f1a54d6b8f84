//! Decides whether Move code may run; one file per pass.
//!
//! [`verify_module`] and [`verify_script`] look at one file; they are the only way to a
//! [`VerifiedModule`] or [`VerifiedScript`]. [`dependencies`] links it to the modules it names,
//! [`cyclic_dependencies`] looks for cycles among modules, [`compatibility`] compares a new version
//! with the old one. [`entry`], [`natives`] and [`complexity`] are asked by whoever publishes and
//! runs transactions.
//!
//! Everything that can be wrong is one of the rules below, in the order in which they are checked;
//! each has a name, what it demands, and the public status of a violation. Nothing recurses on the
//! host stack, and what is not metered is linear in the file, up to sorting.
//!
//! # Bounds (`move_binary_format::bounds`)
//! - `bounds.index`: every index refers to something; the rules are listed there: `INDEX_OUT_OF_BOUNDS`
//!
//! # Features
//! - `features.enums`: no enum is defined while enums are off: `FEATURE_NOT_ENABLED`
//! - `features.access`: no function or script has access specifiers while these are off: `FEATURE_NOT_ENABLED`
//! - `features.function-types`: no type has a function type in it while function values are off: `FEATURE_NOT_ENABLED`
//! - `features.attributes`: no function has attributes while function values are off: `FEATURE_NOT_ENABLED`
//! - `features.closures`: no closure is packed or called while function values are off: `FEATURE_NOT_ENABLED`
//!
//! # Limits
//! - `limits.function-type-params`: a function has at most so many type parameters: `TOO_MANY_TYPE_PARAMETERS`
//! - `limits.function-params`: a function has at most so many parameters: `TOO_MANY_PARAMETERS`
//! - `limits.function-results`: a function has at most so many results: `TOO_MANY_PARAMETERS`
//! - `limits.struct-type-params`: a struct has at most so many type parameters: `TOO_MANY_TYPE_PARAMETERS`
//! - `limits.type-depth`: a type is at most so deep: `TOO_MANY_TYPE_NODES`
//! - `limits.function-type`: a function type has at most so many arguments and results: `TOO_MANY_PARAMETERS`
//! - `limits.type-nodes`: a type has at most that weight: `TOO_MANY_TYPE_NODES`
//! - `limits.function-definitions`: a module has at most so many functions: `MAX_FUNCTION_DEFINITIONS_REACHED`
//! - `limits.struct-definitions`: a module has at most so many structs: `MAX_STRUCT_DEFINITIONS_REACHED`
//! - `limits.variants`: an enum has at most so many variants: `MAX_STRUCT_VARIANTS_REACHED`
//! - `limits.fields`: a struct or variant has at most so many fields: `MAX_FIELD_DEFINITIONS_REACHED`
//!
//! # Duplicates and ownership
//! - `duplicates.identifiers`: identifiers differ: `DUPLICATE_ELEMENT`
//! - `duplicates.addresses`: addresses differ: `DUPLICATE_ELEMENT`
//! - `duplicates.constants`: constants differ in type or bytes: `DUPLICATE_ELEMENT`
//! - `duplicates.signatures`: signatures differ: `DUPLICATE_ELEMENT`
//! - `duplicates.module-handles`: module handles differ: `DUPLICATE_ELEMENT`
//! - `duplicates.friends`: friends differ: `DUPLICATE_ELEMENT`
//! - `duplicates.struct-handles`: struct handles differ in module or name: `DUPLICATE_ELEMENT`
//! - `duplicates.function-handles`: function handles differ in module or name: `DUPLICATE_ELEMENT`
//! - `duplicates.function-insts`: function instantiations differ: `DUPLICATE_ELEMENT`
//! - `duplicates.field-handles`: field handles differ: `DUPLICATE_ELEMENT`
//! - `duplicates.field-insts`: field instantiations differ: `DUPLICATE_ELEMENT`
//! - `duplicates.variant-field-handles`: variant field handles differ, lists compared as written: `DUPLICATE_ELEMENT`
//! - `duplicates.variant-field-insts`: variant field instantiations differ: `DUPLICATE_ELEMENT`
//! - `duplicates.variant-handles`: struct variant handles differ: `DUPLICATE_ELEMENT`
//! - `duplicates.variant-insts`: struct variant instantiations differ: `DUPLICATE_ELEMENT`
//! - `duplicates.function-definitions`: no function is defined twice: `DUPLICATE_ELEMENT`
//! - `duplicates.acquires`: no resource is acquired twice: `DUPLICATE_ACQUIRES_ANNOTATION`
//! - `duplicates.struct-definitions`: no struct is defined twice: `DUPLICATE_ELEMENT`
//! - `duplicates.fields`: fields of a struct or variant differ in name: `DUPLICATE_ELEMENT`
//! - `duplicates.variants`: variants of an enum differ in name: `DUPLICATE_ELEMENT`
//! - `duplicates.struct-insts`: struct instantiations differ: `DUPLICATE_ELEMENT`
//! - `ownership.fields`: a plain struct has a field: `ZERO_SIZED_STRUCT`
//! - `ownership.foreign`: what is defined here is named in this module: `INVALID_MODULE_HANDLE`
//! - `ownership.undefined`: what is named in this module is defined here: `UNIMPLEMENTED_HANDLE`
//!
//! # Signatures
//! - `signatures.type-params`: type parameter indices are below 256: `UNKNOWN_INVARIANT_VIOLATION_ERROR`
//! - `signatures.references`: references are no type arguments, elements or targets: `INVALID_SIGNATURE_TOKEN`
//! - `signatures.constraints`: type arguments within types have what the struct demands: `CONSTRAINT_NOT_SATISFIED`
//! - `signatures.argument-count`: instantiations have as many type arguments as parameters: `NUMBER_OF_TYPE_ARGUMENTS_MISMATCH`
//! - `signatures.argument-references`: type arguments of instantiations are no references: `INVALID_SIGNATURE_TOKEN`
//! - `signatures.argument-constraints`: type arguments of instantiations have what is demanded: `CONSTRAINT_NOT_SATISFIED`
//! - `signatures.handles`: parameters and results hold in the context of their function: `CONSTRAINT_NOT_SATISFIED`
//! - `signatures.locals`: locals hold in the context of their function: `CONSTRAINT_NOT_SATISFIED`
//! - `signatures.script`: parameters of a script hold in its context: `CONSTRAINT_NOT_SATISFIED`
//! - `signatures.code`: what an instruction instantiates holds in the context of its function: `CONSTRAINT_NOT_SATISFIED`
//! - `signatures.storage`: generic storage instructions name types with `key`: `CONSTRAINT_NOT_SATISFIED`
//! - `signatures.vector-count`: vector instructions name one type: `NUMBER_OF_TYPE_ARGUMENTS_MISMATCH`
//! - `signatures.vector-reference`: vector instructions name no reference: `INVALID_SIGNATURE_TOKEN`
//! - `signatures.closure-count`: closure calls name one type: `NUMBER_OF_TYPE_ARGUMENTS_MISMATCH`
//! - `signatures.closure-type`: closure calls name a function type: `CLOSURE_CALL_REQUIRES_FUNCTION`
//! - `fields.references`: fields are no references: `INVALID_SIGNATURE_TOKEN`
//! - `fields.constraints`: types of fields hold in the context of the struct: `CONSTRAINT_NOT_SATISFIED`
//! - `fields.abilities`: fields have what the struct's abilities require: `FIELD_MISSING_TYPE_ABILITY`
//! - `fields.phantom`: phantom parameters are arguments for phantom parameters only: `INVALID_PHANTOM_TYPE_PARAM_POSITION`
//!
//! # Instruction consistency
//! - `instructions.owner-form`: generic forms name generic structs, plain forms plain ones: `GENERIC_MEMBER_OPCODE_MISMATCH`
//! - `instructions.function-form`: generic forms name generic functions, plain forms plain ones: `GENERIC_MEMBER_OPCODE_MISMATCH`
//! - `instructions.vector-count`: vectors are packed and unpacked by at most 65535: `CONSTRAINT_NOT_SATISFIED`
//! - `instructions.closure-mask`: closures capture parameters that exist: `INVALID_CLOSURE_MASK`
//!
//! # Constants
//! - `constants.type`: constants are scalars and vectors of these: `INVALID_CONSTANT_TYPE`
//! - `constants.data`: constants are one value in canonical BCS: `MALFORMED_CONSTANT_DATA`
//!
//! # Friends
//! - `friends.self`: a module is not its own friend: `INVALID_FRIEND_DECL_WITH_SELF`
//! - `friends.address`: friends live at the module's address: `INVALID_FRIEND_DECL_WITH_MODULES_OUTSIDE_ACCOUNT_ADDRESS`
//!
//! # Recursive data
//! - `recursion.cycle`: no type contains itself: `RECURSIVE_STRUCT_DEFINITION`
//!
//! # Instantiation loops
//! - `instantiation.loop`: no cycle of generic calls makes type arguments grow: `LOOP_IN_INSTANTIATION_GRAPH`
//!
//! # Struct accessors
//! - `accessors.once`: a function handle has at most one accessor attribute: `INVALID_STRUCT_API_CODE`
//! - `accessors.name`: accessors of own structs have name and attribute, which agree: `INVALID_STRUCT_API_CODE`
//! - `accessors.variant`: variant name, attribute and instruction agree: `INVALID_STRUCT_API_CODE`
//! - `accessors.field`: field offset, type order, attribute and instruction agree: `INVALID_STRUCT_API_CODE`
//! - `accessors.signature`: parameters and results are those of the access: `INVALID_STRUCT_API_CODE`
//! - `accessors.body`: the body is the access and nothing else: `INVALID_STRUCT_API_CODE`
//! - `accessors.native`: accessors have a body: `INVALID_STRUCT_API_CODE`
//! - `accessors.script`: scripts import no accessors: `INVALID_OPERATION_IN_SCRIPT`
//!
//! # Constant accessors
//! - `constant-accessors.name`: `const$` names and the attribute go together, once: `INVALID_CONST_API_CODE`
//! - `constant-accessors.body`: the body loads one value in the way of its type: `INVALID_CONST_API_CODE`
//!
//! # Immutable functions
//! - `immutable.calls`: immutable functions call and close over immutable ones: `IMMUTABLE_FUNCTION_CALLS_NON_IMMUTABLE`
//!
//! # Control flow
//! - `flow.empty`: there is code: `EMPTY_CODE_UNIT`
//! - `flow.fall-through`: the last instruction is an unconditional terminator: `INVALID_FALL_THROUGH`
//! - `flow.reducible`: every loop has one entry: `INVALID_LOOP_SPLIT`
//! - `flow.depth`: loops nest to the limit: `LOOP_MAX_DEPTH_REACHED`
//! - `flow.lexical-continue`: version 5: jumps back go to the innermost loop head: `INVALID_LOOP_CONTINUE`
//! - `flow.lexical-break`: version 5: jumps out of a loop go right behind it: `INVALID_LOOP_BREAK`
//! - `flow.lexical-split`: version 5: other jumps stay at their loop depth: `INVALID_LOOP_SPLIT`
//! - `flow.lexical-depth`: version 5: loops nest to the limit: `LOOP_MAX_DEPTH_REACHED`
//! - `flow.blocks`: a function has at most so many basic blocks: `TOO_MANY_BASIC_BLOCKS`
//! - `flow.script-blocks`: a script has at most so many basic blocks: `TOO_MANY_BASIC_BLOCKS`
//! - `flow.back-edges`: a function has at most so many back edges: `TOO_MANY_BACK_EDGES`
//! - `flow.module-back-edges`: a module has at most so many back edges: `TOO_MANY_BACK_EDGES`
//!
//! # Stack height
//! - `stack.pushes`: a block pushes at most so often: `VALUE_STACK_PUSH_OVERFLOW`
//! - `stack.underflow`: a block takes no more than it has put there: `NEGATIVE_STACK_SIZE_WITHIN_BLOCK`
//! - `stack.height`: the stack is at most so high within a block: `VALUE_STACK_OVERFLOW`
//! - `stack.balance`: the stack is empty at the end of a block: `POSITIVE_STACK_SIZE_AT_BLOCK_END`
//!
//! # Types of operands
//! - `types.pop`: `Pop` takes something with `drop`: `POP_WITHOUT_DROP_ABILITY`
//! - `types.branch`: `BrTrue` and `BrFalse` take a bool: `BR_TYPE_MISMATCH_ERROR`
//! - `types.ret`: `Ret` takes the declared results: `RET_TYPE_MISMATCH_ERROR`
//! - `types.abort`: `Abort` takes a u64, `AbortMsg` a u64 and bytes: `ABORT_TYPE_MISMATCH_ERROR`
//! - `types.copy`: `CopyLoc` copies something with `copy`: `COPYLOC_WITHOUT_COPY_ABILITY`
//! - `types.store`: `StLoc` stores what the local is declared for: `STLOC_TYPE_MISMATCH_ERROR`
//! - `types.borrow-local`: locals that are references are not borrowed: `BORROWLOC_REFERENCE_ERROR`
//! - `types.freeze`: `FreezeRef` takes a mutable reference: `FREEZEREF_TYPE_MISMATCH_ERROR`
//! - `types.borrow-field`: field borrows take a reference to the owner, mutable if need be: `BORROWFIELD_TYPE_MISMATCH_ERROR`
//! - `types.borrow-variants`: a field borrowed in several variants has one type: `BORROWFIELD_TYPE_MISMATCH_ERROR`
//! - `types.read`: `ReadRef` takes a reference: `READREF_TYPE_MISMATCH_ERROR`
//! - `types.read-copy`: `ReadRef` reads something with `copy`: `READREF_WITHOUT_COPY_ABILITY`
//! - `types.write-mutable`: `WriteRef` takes a mutable reference: `WRITEREF_NO_MUTABLE_REFERENCE_ERROR`
//! - `types.write-drop`: `WriteRef` replaces something with `drop`: `WRITEREF_WITHOUT_DROP_ABILITY`
//! - `types.write`: `WriteRef` writes what the reference points at: `WRITEREF_TYPE_MISMATCH_ERROR`
//! - `types.arithmetic`: arithmetic takes two integers of one type: `INTEGER_OP_TYPE_MISMATCH_ERROR`
//! - `types.bitwise`: bitwise operators take two unsigned integers of one type: `INTEGER_OP_TYPE_MISMATCH_ERROR`
//! - `types.shift`: shifts take an unsigned integer and a u8: `INTEGER_OP_TYPE_MISMATCH_ERROR`
//! - `types.negate`: `Negate` takes a signed integer: `INTEGER_OP_TYPE_MISMATCH_ERROR`
//! - `types.compare`: comparisons take two integers of one type: `INTEGER_OP_TYPE_MISMATCH_ERROR`
//! - `types.cast`: casts take an integer: `INTEGER_OP_TYPE_MISMATCH_ERROR`
//! - `types.logic`: boolean operators take bools: `BOOLEAN_OP_TYPE_MISMATCH_ERROR`
//! - `types.equal`: equality takes two operands of one type with `drop`: `EQUALITY_OP_TYPE_MISMATCH_ERROR`
//! - `types.call`: calls take the declared parameters: `CALL_TYPE_MISMATCH_ERROR`
//! - `types.pack`: `Pack` takes the declared fields of a thing of the right shape: `PACK_TYPE_MISMATCH_ERROR`
//! - `types.unpack`: `Unpack` takes the owner: `UNPACK_TYPE_MISMATCH_ERROR`
//! - `types.unpack-shape`: `Unpack` names a thing of the right shape: `PACK_TYPE_MISMATCH_ERROR`
//! - `types.test-variant`: `TestVariant` takes a reference to the owner: `TEST_VARIANT_TYPE_MISMATCH_ERROR`
//! - `types.exists`: `Exists` takes an address and names a type with `key`: `EXISTS_WITHOUT_KEY_ABILITY_OR_BAD_ARGUMENT`
//! - `types.borrow-global`: global borrows take an address: `BORROWGLOBAL_TYPE_MISMATCH_ERROR`
//! - `types.borrow-global-key`: global borrows name a type with `key`: `BORROWGLOBAL_WITHOUT_KEY_ABILITY`
//! - `types.move-from`: `MoveFrom` takes an address: `MOVEFROM_TYPE_MISMATCH_ERROR`
//! - `types.move-from-key`: `MoveFrom` names a type with `key`: `MOVEFROM_WITHOUT_KEY_ABILITY`
//! - `types.move-to`: `MoveTo` takes `&signer` and the resource: `MOVETO_TYPE_MISMATCH_ERROR`
//! - `types.move-to-key`: `MoveTo` names a type with `key`: `MOVETO_WITHOUT_KEY_ABILITY`
//! - `types.vector`: vector instructions take vectors, elements and indices as declared: `TYPE_MISMATCH`
//! - `types.pack-closure`: captured values fit their parameters and are no references: `PACK_TYPE_MISMATCH_ERROR`
//! - `types.call-closure`: closure calls take the closure and its declared arguments: `CALL_TYPE_MISMATCH_ERROR`
//! - `types.closure-abilities`: closures have what their function and captured values allow: `STLOC_TYPE_MISMATCH_ERROR`
//!
//! # Locals
//! - `locals.move`: what is moved is there: `MOVELOC_UNAVAILABLE_ERROR`
//! - `locals.copy`: what is copied is there: `COPYLOC_UNAVAILABLE_ERROR`
//! - `locals.borrow`: what is borrowed is there: `BORROWLOC_UNAVAILABLE_ERROR`
//! - `locals.store`: what is overwritten has `drop`: `STLOC_UNSAFE_TO_DESTROY_ERROR`
//! - `locals.ret`: what is left behind at a return has `drop`: `UNSAFE_RET_UNUSED_VALUES_WITHOUT_DROP`
//!
//! # References
//! - `references.copy-local`: values that are mutably borrowed are not copied: `COPYLOC_EXISTS_BORROW_ERROR`
//! - `references.move-local`: values that are borrowed are not moved: `MOVELOC_EXISTS_BORROW_ERROR`
//! - `references.store-local`: values that are borrowed are not overwritten: `STLOC_UNSAFE_TO_DESTROY_ERROR`
//! - `references.freeze`: references that are mutably borrowed are not frozen: `FREEZEREF_EXISTS_MUTABLE_BORROW_ERROR`
//! - `references.equal`: what is compared is not mutably borrowed: `READREF_EXISTS_MUTABLE_BORROW_ERROR`
//! - `references.read`: what is read is not mutably borrowed: `READREF_EXISTS_MUTABLE_BORROW_ERROR`
//! - `references.test-variant`: what is tested is not mutably borrowed: `READREF_EXISTS_MUTABLE_BORROW_ERROR`
//! - `references.write`: what is written is not borrowed: `WRITEREF_EXISTS_BORROW_ERROR`
//! - `references.borrow-local`: locals that are mutably borrowed are not borrowed immutably: `BORROWLOC_EXISTS_BORROW_ERROR`
//! - `references.borrow-field-mutable`: fields of what is borrowed as a whole are not borrowed mutably: `BORROWFIELD_EXISTS_MUTABLE_BORROW_ERROR`
//! - `references.borrow-field`: fields that are mutably borrowed are not borrowed immutably: `BORROWFIELD_EXISTS_MUTABLE_BORROW_ERROR`
//! - `references.borrow-global-mutable`: resources that are borrowed are not borrowed mutably: `GLOBAL_REFERENCE_ERROR`
//! - `references.borrow-global`: resources that are mutably borrowed are not borrowed: `GLOBAL_REFERENCE_ERROR`
//! - `references.move-from`: resources that are borrowed are not moved: `GLOBAL_REFERENCE_ERROR`
//! - `references.call-acquires`: resources that a callee acquires are not borrowed: `GLOBAL_REFERENCE_ERROR`
//! - `references.call`: mutable arguments are not borrowed: `CALL_BORROWED_MUTABLE_REFERENCE_ERROR`
//! - `references.ret-rooted`: nothing borrowed from locals or storage is returned: `UNSAFE_RET_LOCAL_OR_RESOURCE_STILL_BORROWED`
//! - `references.ret-borrowed`: mutable results are not borrowed: `RET_BORROWED_MUTABLE_REFERENCE_ERROR`
//! - `references.vector-update`: vectors that are borrowed do not change length or order: `VEC_UPDATE_EXISTS_MUTABLE_BORROW_ERROR`
//! - `references.vector-borrow`: elements of vectors that are borrowed are not borrowed mutably, of mutably borrowed ones not at all: `VEC_BORROW_ELEMENT_EXISTS_MUTABLE_BORROW_ERROR`
//!
//! # Acquires
//! - `acquires.missing`: what is borrowed from storage or taken, here or by callees, is declared: `MISSING_ACQUIRES_ANNOTATION`
//! - `acquires.extra`: what is declared is needed: `EXTRANEOUS_ACQUIRES_ANNOTATION`
//! - `acquires.key`: what is declared has `key`: `INVALID_ACQUIRES_ANNOTATION`
//!
//! # Meter
//! - `meter.function`: a function takes at most so many units: `PROGRAM_TOO_COMPLEX`
//! - `meter.module`: a module takes at most so many units: `PROGRAM_TOO_COMPLEX`
//!
//! # Dependencies ([`dependencies`])
//! - `dependencies.module`: every module named is supplied: `MISSING_DEPENDENCY`
//! - `dependencies.struct`: every struct named is defined there: `LOOKUP_FAILED`
//! - `dependencies.struct-abilities`: structs have the abilities claimed: `TYPE_MISMATCH`
//! - `dependencies.struct-params`: type parameters of structs ask no more than claimed: `TYPE_MISMATCH`
//! - `dependencies.function`: every function named is defined there and callable from here: `LOOKUP_FAILED`
//! - `dependencies.function-params`: type parameters of functions ask no more than claimed: `TYPE_MISMATCH`
//! - `dependencies.signature`: parameters and results are those claimed: `TYPE_MISMATCH`
//! - `dependencies.attributes`: attributes claimed are there, module locks excepted: `LINKER_ERROR`
//!
//! # Cycles ([`cyclic_dependencies`])
//! - `cycles.dependency`: no module depends on itself: `CYCLIC_MODULE_DEPENDENCY`
//! - `cycles.friend`: no module is a friend of its friends: `CYCLIC_MODULE_FRIENDSHIP`
//! - `cycles.overlap`: no friend is a dependency: `INVALID_FRIEND_DECL_WITH_MODULES_IN_DEPENDENCIES`
//! - `cycles.limit`: at most so many modules are visited: `DEPENDENCY_LIMIT_REACHED`
//!
//! # Upgrades ([`compatibility`])
//! - `upgrade.name`: the module keeps its name: `BACKWARD_INCOMPATIBLE_MODULE_UPDATE`
//! - `upgrade.immutable`: an immutable module stays as it is: `BACKWARD_INCOMPATIBLE_MODULE_UPDATE`
//! - `upgrade.struct`: structs stay: `BACKWARD_INCOMPATIBLE_MODULE_UPDATE`
//! - `upgrade.struct-abilities`: structs keep their abilities: `BACKWARD_INCOMPATIBLE_MODULE_UPDATE`
//! - `upgrade.struct-params`: type parameters of structs are only loosened: `BACKWARD_INCOMPATIBLE_MODULE_UPDATE`
//! - `upgrade.layout`: fields stay, variants stay and are only appended: `BACKWARD_INCOMPATIBLE_MODULE_UPDATE`
//! - `upgrade.function`: functions that others rely on stay: `BACKWARD_INCOMPATIBLE_MODULE_UPDATE`
//! - `upgrade.visibility`: functions stay as visible as they were: `BACKWARD_INCOMPATIBLE_MODULE_UPDATE`
//! - `upgrade.entry`: entry functions stay entry functions: `BACKWARD_INCOMPATIBLE_MODULE_UPDATE`
//! - `upgrade.signature`: parameters and results stay: `BACKWARD_INCOMPATIBLE_MODULE_UPDATE`
//! - `upgrade.function-params`: type parameters of functions are only loosened: `BACKWARD_INCOMPATIBLE_MODULE_UPDATE`
//! - `upgrade.attributes`: attributes stay, module locks excepted: `BACKWARD_INCOMPATIBLE_MODULE_UPDATE`
//! - `upgrade.immutable-function`: bodies of immutable functions stay: `BACKWARD_INCOMPATIBLE_MODULE_UPDATE`
//! - `upgrade.friends`: friends stay, where friend linking is checked: `BACKWARD_INCOMPATIBLE_MODULE_UPDATE`
//!
//! # Publishing and calling ([`natives`], [`entry`], [`complexity`])
//! - `natives.privileged`: only privileged modules define natives: `USER_DEFINED_NATIVE_NOT_ALLOWED`
//! - `entry.signature`: signers come first, nothing is a reference, nothing is returned: `INVALID_MAIN_FUNCTION_SIGNATURE`
//! - `entry.types`: other parameters can be decoded from arguments: `INVALID_PARAM_TYPE_FOR_DESERIALIZATION`
//! - `complexity.budget`: the uses of all types cost no more than the file allows: `PROGRAM_TOO_COMPLEX`
//!
//! ```
//! use move_binary_format::{CompiledModule, assembly::assemble};
//! use move_bytecode_verifier::{VerifierConfig, verify_module};
//!
//! let module = assemble("module 0x42::m { public fun f(u64): u64 { MoveLoc 0 Ret } }").unwrap();
//! assert!(verify_module(&VerifierConfig::production(), module).is_ok());
//!
//! let module = assemble("module 0x42::m { public fun f(u64): u64 { Ret } }").unwrap();
//! let error = verify_module(&VerifierConfig::production(), module).unwrap_err();
//! assert_eq!(error.status.name(), "NEGATIVE_STACK_SIZE_WITHIN_BLOCK");
//! ```

#![warn(clippy::wildcard_enum_match_arm)]

pub mod compatibility;
pub mod complexity;
pub mod config;
pub mod control_flow;
pub mod cyclic_dependencies;
pub mod dependencies;
mod driver;
pub mod entry;
pub mod error;
#[doc(hidden)]
pub mod fuzz;
pub mod natives;

mod acquires;
mod constant_accessors;
mod constants;
mod duplicates;
mod features;
mod field_abilities;
mod friends;
mod immutable_functions;
mod instantiation_loops;
mod instructions;
mod limits;
mod locals;
mod loops;
mod recursion;
mod references;
mod signatures;
mod stack;
mod struct_accessors;
mod type_safety;

mod borrow_graph;
mod context;
mod interpret;
mod meter;
mod op;
mod same_code;
mod steps;
mod types;

pub use config::VerifierConfig;
pub use control_flow::ControlFlow;
pub use driver::{VerifiedModule, VerifiedScript, verify_module, verify_script};
#[doc(hidden)]
pub use driver::{count_steps, verdict_without};
pub use error::VerifyError;
#[doc(hidden)]
pub use steps::Pass;
