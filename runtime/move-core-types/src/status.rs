//! Status codes: what can go wrong in the machine, with the public numbers and names.
//!
//! The number classifies: 0-999 validation (before execution), 1000-1999 verification, 2000-2999
//! invariant violation, 3000-3999 deserialization, 4000-4999 execution. Codes of our own start at
//! 900 into each class, so that they cannot collide with additions of the dialect.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

macro_rules! status_codes {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $name:literal;)*) => {
        /// A public status code of the machine.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u64)]
        pub enum StatusCode {
            $($(#[$doc])* $variant = $number,)*
        }

        impl StatusCode {
            /// Every code, by number.
            pub const ALL: &'static [StatusCode] = &[$(StatusCode::$variant,)*];

            /// The public name, such as `OUT_OF_GAS`.
            pub fn name(self) -> &'static str {
                match self {
                    $(StatusCode::$variant => $name,)*
                }
            }

            /// The code with this public name.
            pub fn from_name(name: &str) -> Option<StatusCode> {
                match name {
                    $($name => Some(StatusCode::$variant),)*
                    _ => None,
                }
            }

            /// The code with this number; every number outside the table is `UNKNOWN_STATUS`.
            pub fn from_number(number: u64) -> StatusCode {
                match number {
                    $($number => StatusCode::$variant,)*
                    _ => StatusCode::UnknownStatus,
                }
            }
        }
    };
}

status_codes! {
    /// Unspecified.
    UnknownValidationStatus = 0, "UNKNOWN_VALIDATION_STATUS";
    /// Signature does not verify.
    InvalidSignature = 1, "INVALID_SIGNATURE";
    /// Key does not match the account.
    InvalidAuthKey = 2, "INVALID_AUTH_KEY";
    /// Replay.
    SequenceNumberTooOld = 3, "SEQUENCE_NUMBER_TOO_OLD";
    /// Gap in sequence numbers.
    SequenceNumberTooNew = 4, "SEQUENCE_NUMBER_TOO_NEW";
    /// Cannot pay the maximum fee.
    InsufficientBalanceForTransactionFee = 5, "INSUFFICIENT_BALANCE_FOR_TRANSACTION_FEE";
    /// Expiration passed.
    TransactionExpired = 6, "TRANSACTION_EXPIRED";
    /// No such account.
    SendingAccountDoesNotExist = 7, "SENDING_ACCOUNT_DOES_NOT_EXIST";
    /// Reserved or historical: nothing raises it.
    RejectedWriteSet = 8, "REJECTED_WRITE_SET";
    /// Reserved or historical: nothing raises it.
    InvalidWriteSet = 9, "INVALID_WRITE_SET";
    /// Too many bytes.
    ExceededMaxTransactionSize = 10, "EXCEEDED_MAX_TRANSACTION_SIZE";
    /// Script not allowed.
    UnknownScript = 11, "UNKNOWN_SCRIPT";
    /// Publishing not allowed.
    UnknownModule = 12, "UNKNOWN_MODULE";
    /// Gas limit too high.
    MaxGasUnitsExceedsMaxGasUnitsBound = 13, "MAX_GAS_UNITS_EXCEEDS_MAX_GAS_UNITS_BOUND";
    /// Gas limit below intrinsic cost.
    MaxGasUnitsBelowMinTransactionGasUnits = 14, "MAX_GAS_UNITS_BELOW_MIN_TRANSACTION_GAS_UNITS";
    /// Price too low.
    GasUnitPriceBelowMinBound = 15, "GAS_UNIT_PRICE_BELOW_MIN_BOUND";
    /// Price too high.
    GasUnitPriceAboveMaxBound = 16, "GAS_UNIT_PRICE_ABOVE_MAX_BOUND";
    /// Bad gas currency.
    InvalidGasSpecifier = 17, "INVALID_GAS_SPECIFIER";
    /// Reserved or historical: nothing raises it.
    SendingAccountFrozen = 18, "SENDING_ACCOUNT_FROZEN";
    /// Account data unreadable.
    UnableToDeserializeAccount = 19, "UNABLE_TO_DESERIALIZE_ACCOUNT";
    /// Reserved or historical: nothing raises it.
    CurrencyInfoDoesNotExist = 20, "CURRENCY_INFO_DOES_NOT_EXIST";
    /// Not permitted to publish.
    InvalidModulePublisher = 21, "INVALID_MODULE_PUBLISHER";
    /// Reserved or historical: nothing raises it.
    NoAccountRole = 22, "NO_ACCOUNT_ROLE";
    /// Wrong chain.
    BadChainId = 23, "BAD_CHAIN_ID";
    /// Sequence number exhausted.
    SequenceNumberTooBig = 24, "SEQUENCE_NUMBER_TOO_BIG";
    /// Reserved or historical: nothing raises it.
    BadTransactionFeeCurrency = 25, "BAD_TRANSACTION_FEE_CURRENCY";
    /// Feature off, older binaries would discard.
    FeatureUnderGating = 26, "FEATURE_UNDER_GATING";
    /// Multi-agent mismatch.
    SecondaryKeysAddressesCountMismatch = 27, "SECONDARY_KEYS_ADDRESSES_COUNT_MISMATCH";
    /// Repeated signer.
    SignersContainDuplicates = 28, "SIGNERS_CONTAIN_DUPLICATES";
    /// Reserved or historical: nothing raises it (42 and 44 are used).
    SequenceNonceInvalid = 29, "SEQUENCE_NONCE_INVALID";
    /// Reserved or historical: nothing raises it.
    ChainAccountInfoDoesNotExist = 30, "CHAIN_ACCOUNT_INFO_DOES_NOT_EXIST";
    /// Multisig rules.
    AccountNotMultisig = 31, "ACCOUNT_NOT_MULTISIG";
    /// Multisig rules.
    NotMultisigOwner = 32, "NOT_MULTISIG_OWNER";
    /// Multisig rules.
    MultisigTransactionNotFound = 33, "MULTISIG_TRANSACTION_NOT_FOUND";
    /// Multisig rules.
    MultisigTransactionInsufficientApprovals = 34, "MULTISIG_TRANSACTION_INSUFFICIENT_APPROVALS";
    /// Multisig rules.
    MultisigTransactionPayloadDoesNotMatchHash = 35, "MULTISIG_TRANSACTION_PAYLOAD_DOES_NOT_MATCH_HASH";
    /// Sponsor missing.
    GasPayerAccountMissing = 36, "GAS_PAYER_ACCOUNT_MISSING";
    /// Deposit rules.
    InsufficientBalanceForRequiredDeposit = 37, "INSUFFICIENT_BALANCE_FOR_REQUIRED_DEPOSIT";
    /// No gas schedule on chain.
    GasParamsMissing = 38, "GAS_PARAMS_MISSING";
    /// Deposit rules.
    RequiredDepositInconsistentWithTxnMaxGas = 39, "REQUIRED_DEPOSIT_INCONSISTENT_WITH_TXN_MAX_GAS";
    /// Multisig rules.
    MultisigTransactionPayloadDoesNotMatch = 40, "MULTISIG_TRANSACTION_PAYLOAD_DOES_NOT_MATCH";
    /// Custom authenticator too expensive.
    AccountAuthenticationGasLimitExceeded = 41, "ACCOUNT_AUTHENTICATION_GAS_LIMIT_EXCEEDED";
    /// Order-less replay.
    NonceAlreadyUsed = 42, "NONCE_ALREADY_USED";
    /// Nothing to run.
    EmptyPayloadProvided = 43, "EMPTY_PAYLOAD_PROVIDED";
    /// Order-less rules.
    TransactionExpirationTooFarInFuture = 44, "TRANSACTION_EXPIRATION_TOO_FAR_IN_FUTURE";
    /// Authenticator rules.
    InvalidNumberOfAuthenticationProofs = 45, "INVALID_NUMBER_OF_AUTHENTICATION_PROOFS";
    /// Unspecified.
    UnknownVerificationError = 1000, "UNKNOWN_VERIFICATION_ERROR";
    /// Bounds pass.
    IndexOutOfBounds = 1001, "INDEX_OUT_OF_BOUNDS";
    /// Reference where none may be.
    InvalidSignatureToken = 1003, "INVALID_SIGNATURE_TOKEN";
    /// Cyclic data.
    RecursiveStructDefinition = 1005, "RECURSIVE_STRUCT_DEFINITION";
    /// Field abilities.
    FieldMissingTypeAbility = 1006, "FIELD_MISSING_TYPE_ABILITY";
    /// Code runs off the end.
    InvalidFallThrough = 1007, "INVALID_FALL_THROUGH";
    /// Stack underflow.
    NegativeStackSizeWithinBlock = 1009, "NEGATIVE_STACK_SIZE_WITHIN_BLOCK";
    /// Entry/script signature.
    InvalidMainFunctionSignature = 1011, "INVALID_MAIN_FUNCTION_SIGNATURE";
    /// Duplication pass.
    DuplicateElement = 1012, "DUPLICATE_ELEMENT";
    /// Definition of a foreign item.
    InvalidModuleHandle = 1013, "INVALID_MODULE_HANDLE";
    /// Own handle without definition.
    UnimplementedHandle = 1014, "UNIMPLEMENTED_HANDLE";
    /// Imported item missing or not callable.
    LookupFailed = 1017, "LOOKUP_FAILED";
    /// Vector typing, linking.
    TypeMismatch = 1020, "TYPE_MISMATCH";
    /// Module or native not supplied.
    MissingDependency = 1021, "MISSING_DEPENDENCY";
    /// Type safety.
    PopWithoutDropAbility = 1023, "POP_WITHOUT_DROP_ABILITY";
    /// Type safety.
    BrTypeMismatchError = 1025, "BR_TYPE_MISMATCH_ERROR";
    /// Type safety.
    AbortTypeMismatchError = 1026, "ABORT_TYPE_MISMATCH_ERROR";
    /// Type safety.
    StlocTypeMismatchError = 1027, "STLOC_TYPE_MISMATCH_ERROR";
    /// Locals and reference safety.
    StlocUnsafeToDestroyError = 1028, "STLOC_UNSAFE_TO_DESTROY_ERROR";
    /// Reference safety.
    UnsafeRetLocalOrResourceStillBorrowed = 1029, "UNSAFE_RET_LOCAL_OR_RESOURCE_STILL_BORROWED";
    /// Type safety.
    RetTypeMismatchError = 1030, "RET_TYPE_MISMATCH_ERROR";
    /// Reference safety.
    RetBorrowedMutableReferenceError = 1031, "RET_BORROWED_MUTABLE_REFERENCE_ERROR";
    /// Type safety.
    FreezerefTypeMismatchError = 1032, "FREEZEREF_TYPE_MISMATCH_ERROR";
    /// Reference safety.
    FreezerefExistsMutableBorrowError = 1033, "FREEZEREF_EXISTS_MUTABLE_BORROW_ERROR";
    /// Type safety.
    BorrowfieldTypeMismatchError = 1034, "BORROWFIELD_TYPE_MISMATCH_ERROR";
    /// Type safety.
    BorrowfieldBadFieldError = 1035, "BORROWFIELD_BAD_FIELD_ERROR";
    /// Reference safety.
    BorrowfieldExistsMutableBorrowError = 1036, "BORROWFIELD_EXISTS_MUTABLE_BORROW_ERROR";
    /// Locals safety.
    CopylocUnavailableError = 1037, "COPYLOC_UNAVAILABLE_ERROR";
    /// Type safety.
    CopylocWithoutCopyAbility = 1038, "COPYLOC_WITHOUT_COPY_ABILITY";
    /// Reference safety.
    CopylocExistsBorrowError = 1039, "COPYLOC_EXISTS_BORROW_ERROR";
    /// Locals safety.
    MovelocUnavailableError = 1040, "MOVELOC_UNAVAILABLE_ERROR";
    /// Reference safety.
    MovelocExistsBorrowError = 1041, "MOVELOC_EXISTS_BORROW_ERROR";
    /// Type safety.
    BorrowlocReferenceError = 1042, "BORROWLOC_REFERENCE_ERROR";
    /// Locals safety.
    BorrowlocUnavailableError = 1043, "BORROWLOC_UNAVAILABLE_ERROR";
    /// Reference safety.
    BorrowlocExistsBorrowError = 1044, "BORROWLOC_EXISTS_BORROW_ERROR";
    /// Type safety.
    CallTypeMismatchError = 1045, "CALL_TYPE_MISMATCH_ERROR";
    /// Reference safety.
    CallBorrowedMutableReferenceError = 1046, "CALL_BORROWED_MUTABLE_REFERENCE_ERROR";
    /// Type safety.
    PackTypeMismatchError = 1047, "PACK_TYPE_MISMATCH_ERROR";
    /// Type safety.
    UnpackTypeMismatchError = 1048, "UNPACK_TYPE_MISMATCH_ERROR";
    /// Type safety.
    ReadrefTypeMismatchError = 1049, "READREF_TYPE_MISMATCH_ERROR";
    /// Type safety.
    ReadrefWithoutCopyAbility = 1050, "READREF_WITHOUT_COPY_ABILITY";
    /// Reference safety.
    ReadrefExistsMutableBorrowError = 1051, "READREF_EXISTS_MUTABLE_BORROW_ERROR";
    /// Type safety.
    WriterefTypeMismatchError = 1052, "WRITEREF_TYPE_MISMATCH_ERROR";
    /// Type safety.
    WriterefWithoutDropAbility = 1053, "WRITEREF_WITHOUT_DROP_ABILITY";
    /// Reference safety.
    WriterefExistsBorrowError = 1054, "WRITEREF_EXISTS_BORROW_ERROR";
    /// Type safety.
    WriterefNoMutableReferenceError = 1055, "WRITEREF_NO_MUTABLE_REFERENCE_ERROR";
    /// Type safety.
    IntegerOpTypeMismatchError = 1056, "INTEGER_OP_TYPE_MISMATCH_ERROR";
    /// Type safety.
    BooleanOpTypeMismatchError = 1057, "BOOLEAN_OP_TYPE_MISMATCH_ERROR";
    /// Type safety.
    EqualityOpTypeMismatchError = 1058, "EQUALITY_OP_TYPE_MISMATCH_ERROR";
    /// Type safety.
    ExistsWithoutKeyAbilityOrBadArgument = 1059, "EXISTS_WITHOUT_KEY_ABILITY_OR_BAD_ARGUMENT";
    /// Type safety.
    BorrowglobalTypeMismatchError = 1060, "BORROWGLOBAL_TYPE_MISMATCH_ERROR";
    /// Type safety.
    BorrowglobalWithoutKeyAbility = 1061, "BORROWGLOBAL_WITHOUT_KEY_ABILITY";
    /// Type safety.
    MovefromTypeMismatchError = 1062, "MOVEFROM_TYPE_MISMATCH_ERROR";
    /// Type safety.
    MovefromWithoutKeyAbility = 1063, "MOVEFROM_WITHOUT_KEY_ABILITY";
    /// Type safety.
    MovetoTypeMismatchError = 1064, "MOVETO_TYPE_MISMATCH_ERROR";
    /// Type safety.
    MovetoWithoutKeyAbility = 1065, "MOVETO_WITHOUT_KEY_ABILITY";
    /// Publishing.
    ModuleAddressDoesNotMatchSender = 1067, "MODULE_ADDRESS_DOES_NOT_MATCH_SENDER";
    /// Bounds pass.
    NoModuleHandles = 1068, "NO_MODULE_HANDLES";
    /// Stack usage.
    PositiveStackSizeAtBlockEnd = 1069, "POSITIVE_STACK_SIZE_AT_BLOCK_END";
    /// Acquires.
    MissingAcquiresAnnotation = 1070, "MISSING_ACQUIRES_ANNOTATION";
    /// Acquires.
    ExtraneousAcquiresAnnotation = 1071, "EXTRANEOUS_ACQUIRES_ANNOTATION";
    /// Duplication.
    DuplicateAcquiresAnnotation = 1072, "DUPLICATE_ACQUIRES_ANNOTATION";
    /// Acquires.
    InvalidAcquiresAnnotation = 1073, "INVALID_ACQUIRES_ANNOTATION";
    /// Reference safety.
    GlobalReferenceError = 1074, "GLOBAL_REFERENCE_ERROR";
    /// Signature checker, vector counts, verifier meter.
    ConstraintNotSatisfied = 1075, "CONSTRAINT_NOT_SATISFIED";
    /// Arity.
    NumberOfTypeArgumentsMismatch = 1076, "NUMBER_OF_TYPE_ARGUMENTS_MISMATCH";
    /// Instantiation loops.
    LoopInInstantiationGraph = 1077, "LOOP_IN_INSTANTIATION_GRAPH";
    /// Duplication pass.
    ZeroSizedStruct = 1080, "ZERO_SIZED_STRUCT";
    /// Module missing, attribute mismatch.
    LinkerError = 1081, "LINKER_ERROR";
    /// Constants.
    InvalidConstantType = 1082, "INVALID_CONSTANT_TYPE";
    /// Constants.
    MalformedConstantData = 1083, "MALFORMED_CONSTANT_DATA";
    /// Control flow.
    EmptyCodeUnit = 1084, "EMPTY_CODE_UNIT";
    /// Control flow.
    InvalidLoopSplit = 1085, "INVALID_LOOP_SPLIT";
    /// Control flow v5.
    InvalidLoopBreak = 1086, "INVALID_LOOP_BREAK";
    /// Control flow v5.
    InvalidLoopContinue = 1087, "INVALID_LOOP_CONTINUE";
    /// Locals safety.
    UnsafeRetUnusedValuesWithoutDrop = 1088, "UNSAFE_RET_UNUSED_VALUES_WITHOUT_DROP";
    /// Bounds pass.
    TooManyLocals = 1089, "TOO_MANY_LOCALS";
    /// Instruction consistency.
    GenericMemberOpcodeMismatch = 1090, "GENERIC_MEMBER_OPCODE_MISMATCH";
    /// Function lookup at call time.
    FunctionResolutionFailure = 1091, "FUNCTION_RESOLUTION_FAILURE";
    /// Module-only item in a script.
    InvalidOperationInScript = 1094, "INVALID_OPERATION_IN_SCRIPT";
    /// Publishing.
    DuplicateModuleName = 1095, "DUPLICATE_MODULE_NAME";
    /// Upgrade.
    BackwardIncompatibleModuleUpdate = 1096, "BACKWARD_INCOMPATIBLE_MODULE_UPDATE";
    /// Cycles.
    CyclicModuleDependency = 1097, "CYCLIC_MODULE_DEPENDENCY";
    /// Entry call.
    NumberOfArgumentsMismatch = 1098, "NUMBER_OF_ARGUMENTS_MISMATCH";
    /// Entry call.
    InvalidParamTypeForDeserialization = 1099, "INVALID_PARAM_TYPE_FOR_DESERIALIZATION";
    /// Entry call.
    FailedToDeserializeArgument = 1100, "FAILED_TO_DESERIALIZE_ARGUMENT";
    /// Entry call.
    NumberOfSignerArgumentsMismatch = 1101, "NUMBER_OF_SIGNER_ARGUMENTS_MISMATCH";
    /// Pre-v5 only.
    CalledScriptVisibleFromNonScriptVisible = 1102, "CALLED_SCRIPT_VISIBLE_FROM_NON_SCRIPT_VISIBLE";
    /// Entry call.
    ExecuteEntryFunctionCalledOnNonEntryFunction = 1103, "EXECUTE_ENTRY_FUNCTION_CALLED_ON_NON_ENTRY_FUNCTION";
    /// Friends.
    InvalidFriendDeclWithSelf = 1104, "INVALID_FRIEND_DECL_WITH_SELF";
    /// Friends.
    InvalidFriendDeclWithModulesOutsideAccountAddress = 1105, "INVALID_FRIEND_DECL_WITH_MODULES_OUTSIDE_ACCOUNT_ADDRESS";
    /// Cycles.
    InvalidFriendDeclWithModulesInDependencies = 1106, "INVALID_FRIEND_DECL_WITH_MODULES_IN_DEPENDENCIES";
    /// Cycles.
    CyclicModuleFriendship = 1107, "CYCLIC_MODULE_FRIENDSHIP";
    /// Field abilities.
    InvalidPhantomTypeParamPosition = 1108, "INVALID_PHANTOM_TYPE_PARAM_POSITION";
    /// Reference safety.
    VecUpdateExistsMutableBorrowError = 1109, "VEC_UPDATE_EXISTS_MUTABLE_BORROW_ERROR";
    /// Reference safety.
    VecBorrowElementExistsMutableBorrowError = 1110, "VEC_BORROW_ELEMENT_EXISTS_MUTABLE_BORROW_ERROR";
    /// Control flow.
    LoopMaxDepthReached = 1111, "LOOP_MAX_DEPTH_REACHED";
    /// Limits.
    TooManyTypeParameters = 1112, "TOO_MANY_TYPE_PARAMETERS";
    /// Limits.
    TooManyParameters = 1113, "TOO_MANY_PARAMETERS";
    /// Limits.
    TooManyBasicBlocks = 1114, "TOO_MANY_BASIC_BLOCKS";
    /// Stack usage.
    ValueStackOverflow = 1115, "VALUE_STACK_OVERFLOW";
    /// Limits, run-time types.
    TooManyTypeNodes = 1116, "TOO_MANY_TYPE_NODES";
    /// Stack usage.
    ValueStackPushOverflow = 1117, "VALUE_STACK_PUSH_OVERFLOW";
    /// Reserved or historical: nothing raises it.
    MaxDependencyDepthReached = 1118, "MAX_DEPENDENCY_DEPTH_REACHED";
    /// Limits.
    MaxFunctionDefinitionsReached = 1119, "MAX_FUNCTION_DEFINITIONS_REACHED";
    /// Limits.
    MaxStructDefinitionsReached = 1120, "MAX_STRUCT_DEFINITIONS_REACHED";
    /// Limits.
    MaxFieldDefinitionsReached = 1121, "MAX_FIELD_DEFINITIONS_REACHED";
    /// Limits.
    TooManyBackEdges = 1122, "TOO_MANY_BACK_EDGES";
    /// Adapter.
    EventMetadataValidationError = 1123, "EVENT_METADATA_VALIDATION_ERROR";
    /// Loading.
    DependencyLimitReached = 1124, "DEPENDENCY_LIMIT_REACHED";
    /// Adapter: experimental compiler output.
    UnstableBytecodeRejected = 1125, "UNSTABLE_BYTECODE_REJECTED";
    /// Complexity budget.
    ProgramTooComplex = 1126, "PROGRAM_TOO_COMPLEX";
    /// Adapter.
    UserDefinedNativeNotAllowed = 1127, "USER_DEFINED_NATIVE_NOT_ALLOWED";
    /// Limits.
    MaxStructVariantsReached = 1128, "MAX_STRUCT_VARIANTS_REACHED";
    /// Type safety.
    TestVariantTypeMismatchError = 1129, "TEST_VARIANT_TYPE_MISMATCH_ERROR";
    /// Bounds, type safety.
    ZeroVariantsError = 1130, "ZERO_VARIANTS_ERROR";
    /// Feature gates.
    FeatureNotEnabled = 1131, "FEATURE_NOT_ENABLED";
    /// Instruction consistency.
    InvalidClosureMask = 1132, "INVALID_CLOSURE_MASK";
    /// Instruction consistency, signatures.
    ClosureCallRequiresFunction = 1133, "CLOSURE_CALL_REQUIRES_FUNCTION";
    /// Publishing.
    InvalidInitModule = 1134, "INVALID_INIT_MODULE";
    /// Publishing.
    FriendNotFoundInModuleBundle = 1135, "FRIEND_NOT_FOUND_IN_MODULE_BUNDLE";
    /// Struct accessors (v10).
    InvalidStructApiCode = 1136, "INVALID_STRUCT_API_CODE";
    /// Immutable functions (v11).
    ImmutableFunctionCallsNonImmutable = 1137, "IMMUTABLE_FUNCTION_CALLS_NON_IMMUTABLE";
    /// Constant accessors (v11).
    InvalidConstApiCode = 1138, "INVALID_CONST_API_CODE";
    /// Unspecified; sub-status 1 type check, 2 reference count.
    UnknownInvariantViolationError = 2000, "UNKNOWN_INVARIANT_VIOLATION_ERROR";
    /// Operand stack underflow.
    EmptyValueStack = 2003, "EMPTY_VALUE_STACK";
    /// Reserved or historical: nothing raises it.
    PcOverflow = 2005, "PC_OVERFLOW";
    /// Internal misuse of a verified item.
    VerificationError = 2006, "VERIFICATION_ERROR";
    /// Storage backend failed.
    StorageError = 2008, "STORAGE_ERROR";
    /// Value of the wrong kind.
    InternalTypeError = 2009, "INTERNAL_TYPE_ERROR";
    /// Reserved or historical: nothing raises it.
    EventKeyMismatch = 2010, "EVENT_KEY_MISMATCH";
    /// Reserved or historical: nothing raises it.
    Unreachable = 2011, "UNREACHABLE";
    /// Machine could not start.
    VmStartupFailure = 2012, "VM_STARTUP_FAILURE";
    /// A system function failed.
    UnexpectedErrorFromKnownMoveFunction = 2015, "UNEXPECTED_ERROR_FROM_KNOWN_MOVE_FUNCTION";
    /// Verifier panicked or contradicted itself.
    VerifierInvariantViolation = 2016, "VERIFIER_INVARIANT_VIOLATION";
    /// Stored code no longer verifies.
    UnexpectedVerifierError = 2017, "UNEXPECTED_VERIFIER_ERROR";
    /// Stored code no longer decodes.
    UnexpectedDeserializationError = 2018, "UNEXPECTED_DESERIALIZATION_ERROR";
    /// Write set.
    FailedToSerializeWriteSetChanges = 2019, "FAILED_TO_SERIALIZE_WRITE_SET_CHANGES";
    /// Stored value unreadable.
    FailedToDeserializeResource = 2020, "FAILED_TO_DESERIALIZE_RESOURCE";
    /// Linking broke after verification.
    TypeResolutionFailure = 2021, "TYPE_RESOLUTION_FAILURE";
    /// Native table setup.
    DuplicateNativeFunction = 2022, "DUPLICATE_NATIVE_FUNCTION";
    /// Parallel execution only.
    DelayedFieldOrBlockstmCodeInvariantError = 2023, "DELAYED_FIELD_OR_BLOCKSTM_CODE_INVARIANT_ERROR";
    /// Parallel execution only, never committed.
    SpeculativeExecutionAbortError = 2024, "SPECULATIVE_EXECUTION_ABORT_ERROR";
    /// Access stack unbalanced.
    AccessControlInvariantViolation = 2025, "ACCESS_CONTROL_INVARIANT_VIOLATION";
    /// Unspecified.
    UnknownBinaryError = 3000, "UNKNOWN_BINARY_ERROR";
    /// General format error.
    Malformed = 3001, "MALFORMED";
    /// Header.
    BadMagic = 3002, "BAD_MAGIC";
    /// Header.
    UnknownVersion = 3003, "UNKNOWN_VERSION";
    /// Directory.
    UnknownTableType = 3004, "UNKNOWN_TABLE_TYPE";
    /// Reserved or historical: nothing raises it.
    UnknownSignatureType = 3005, "UNKNOWN_SIGNATURE_TYPE";
    /// Signature tag.
    UnknownSerializedType = 3006, "UNKNOWN_SERIALIZED_TYPE";
    /// Code.
    UnknownOpcode = 3007, "UNKNOWN_OPCODE";
    /// Directory.
    BadHeaderTable = 3008, "BAD_HEADER_TABLE";
    /// Reserved or historical: nothing raises it.
    UnexpectedSignatureType = 3009, "UNEXPECTED_SIGNATURE_TYPE";
    /// Directory.
    DuplicateTable = 3010, "DUPLICATE_TABLE";
    /// Pre-v2 only.
    UnknownAbility = 3013, "UNKNOWN_ABILITY";
    /// Struct definition.
    UnknownNativeStructFlag = 3014, "UNKNOWN_NATIVE_STRUCT_FLAG";
    /// Raw integer cut short.
    BadU16 = 3017, "BAD_U16";
    /// Raw integer cut short.
    BadU32 = 3018, "BAD_U32";
    /// Raw integer cut short.
    BadU64 = 3019, "BAD_U64";
    /// Raw integer cut short.
    BadU128 = 3020, "BAD_U128";
    /// Raw integer cut short.
    BadU256 = 3021, "BAD_U256";
    /// Value encoding failed.
    ValueSerializationError = 3022, "VALUE_SERIALIZATION_ERROR";
    /// Value decoding failed.
    ValueDeserializationError = 3023, "VALUE_DESERIALIZATION_ERROR";
    /// Stored code unreadable.
    CodeDeserializationError = 3024, "CODE_DESERIALIZATION_ERROR";
    /// Function flags.
    InvalidFlagBits = 3025, "INVALID_FLAG_BITS";
    /// Closure capture restriction.
    UnableToCaptureOptionType = 3026, "UNABLE_TO_CAPTURE_OPTION_TYPE";
    /// Unspecified.
    UnknownRuntimeStatus = 4000, "UNKNOWN_RUNTIME_STATUS";
    /// Success.
    Executed = 4001, "EXECUTED";
    /// Gas.
    OutOfGas = 4002, "OUT_OF_GAS";
    /// Reserved or historical: nothing raises it (absence is reported as 4008).
    ResourceDoesNotExist = 4003, "RESOURCE_DOES_NOT_EXIST";
    /// MoveTo.
    ResourceAlreadyExists = 4004, "RESOURCE_ALREADY_EXISTS";
    /// MoveFrom, borrow global.
    MissingData = 4008, "MISSING_DATA";
    /// Reserved or historical: nothing raises it.
    DataFormatError = 4009, "DATA_FORMAT_ERROR";
    /// Abort, AbortMsg, native aborts; sub-status = code.
    Aborted = 4016, "ABORTED";
    /// Overflow, division by zero, bad cast, bad shift.
    ArithmeticError = 4017, "ARITHMETIC_ERROR";
    /// Sub-status 1 index, 2 pop empty, 3 unpack length.
    VectorOperationError = 4018, "VECTOR_OPERATION_ERROR";
    /// Operand stack.
    ExecutionStackOverflow = 4020, "EXECUTION_STACK_OVERFLOW";
    /// Frames.
    CallStackOverflow = 4021, "CALL_STACK_OVERFLOW";
    /// Run-time types.
    VmMaxTypeDepthReached = 4024, "VM_MAX_TYPE_DEPTH_REACHED";
    /// Values, layouts.
    VmMaxValueDepthReached = 4025, "VM_MAX_VALUE_DEPTH_REACHED";
    /// Extension-specific.
    VmExtensionError = 4026, "VM_EXTENSION_ERROR";
    /// Write limits.
    StorageWriteLimitReached = 4027, "STORAGE_WRITE_LIMIT_REACHED";
    /// Memory quota.
    MemoryLimitExceeded = 4028, "MEMORY_LIMIT_EXCEEDED";
    /// Reserved or historical: nothing raises it (1116 is used).
    VmMaxTypeNodesReached = 4029, "VM_MAX_TYPE_NODES_REACHED";
    /// Execution gas maximum.
    ExecutionLimitReached = 4030, "EXECUTION_LIMIT_REACHED";
    /// IO gas maximum.
    IoLimitReached = 4031, "IO_LIMIT_REACHED";
    /// Storage fee maximum.
    StorageLimitReached = 4032, "STORAGE_LIMIT_REACHED";
    /// Type tags.
    TypeTagLimitExceeded = 4033, "TYPE_TAG_LIMIT_EXCEEDED";
    /// Access specifiers.
    AccessDenied = 4034, "ACCESS_DENIED";
    /// Access specifiers.
    AccessStackLimitExceeded = 4035, "ACCESS_STACK_LIMIT_EXCEEDED";
    /// Extension-specific.
    TooManyDelayedFields = 4036, "TOO_MANY_DELAYED_FIELDS";
    /// Re-entrancy, bad dispatch target.
    RuntimeDispatchError = 4037, "RUNTIME_DISPATCH_ERROR";
    /// Enum unpack/borrow.
    StructVariantMismatch = 4038, "STRUCT_VARIANT_MISMATCH";
    /// Feature missing in the machine.
    UnimplementedFunctionality = 4039, "UNIMPLEMENTED_FUNCTIONALITY";
    /// Lazy loading.
    RuntimeCyclicModuleDependency = 4040, "RUNTIME_CYCLIC_MODULE_DEPENDENCY";
    /// Closure capture.
    UnableToCaptureDelayedFields = 4041, "UNABLE_TO_CAPTURE_DELAYED_FIELDS";
    /// AbortMsg.
    InvalidAbortMessage = 4042, "INVALID_ABORT_MESSAGE";
    /// AbortMsg.
    AbortMessageLimitExceeded = 4043, "ABORT_MESSAGE_LIMIT_EXCEEDED";
    /// A number outside the table.
    UnknownStatus = 18446744073709551615, "UNKNOWN_STATUS";
}

/// The class of a status code: what becomes of a transaction that ends with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusClass {
    /// Before execution: discarded.
    Validation,
    /// The code is refused: kept, failed, charged.
    Verification,
    /// Our own mistake: discarded, loudly.
    InvariantViolation,
    /// The bytes are refused: kept, failed, charged.
    Deserialization,
    /// Raised while running: kept; failed unless `EXECUTED`.
    Execution,
    /// Outside the table: discarded.
    Unknown,
}

impl StatusCode {
    /// The public number.
    pub fn number(self) -> u64 {
        self as u64
    }

    /// The class of the code.
    pub fn class(self) -> StatusClass {
        match self.number() {
            0..=999 => StatusClass::Validation,
            1000..=1999 => StatusClass::Verification,
            2000..=2999 => StatusClass::InvariantViolation,
            3000..=3999 => StatusClass::Deserialization,
            4000..=4999 => StatusClass::Execution,
            _ => StatusClass::Unknown,
        }
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for StatusCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.number())
    }
}

impl<'de> Deserialize<'de> for StatusCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(StatusCode::from_number(u64::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_lead_back_to_their_code() {
        for pair in StatusCode::ALL.windows(2) {
            assert!(pair[0].number() < pair[1].number(), "sorted by number: {:?}", pair[1]);
        }
        for &code in StatusCode::ALL {
            assert_eq!(StatusCode::from_number(code.number()), code);
            assert_eq!(StatusCode::from_name(code.name()), Some(code));
        }
        // number, name
        for (number, name) in [
            (0, "UNKNOWN_VALIDATION_STATUS"),
            (1001, "INDEX_OUT_OF_BOUNDS"),
            (3001, "MALFORMED"),
            (4016, "ABORTED"),
            (4043, "ABORT_MESSAGE_LIMIT_EXCEEDED"),
            (1002, "UNKNOWN_STATUS"),
            (u64::MAX, "UNKNOWN_STATUS"),
        ] {
            assert_eq!(StatusCode::from_number(number).name(), name);
        }
    }
}
