//! Native functions: one table, and the face that both interpreters show to them.
//!
//! A native reads its arguments by position and kind, does its work against [`Host`] (gas, events, transaction facts,
//! extension data) and leaves its results in order. It never sees how an interpreter represents values: whatever is
//! not a scalar or a byte vector travels as BCS.

use crate::error::{VmError, VmResult};
use crate::host::Host;
use crate::show::Style;
use crate::types::Ty;
use move_core_types::{AccountAddress, I256, ModuleId, StatusCode, TypeTag, U256};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A native function.
pub type NativeFn = fn(&mut dyn NativeContext) -> NativeResult<()>;

/// What natives and their context return.
pub type NativeResult<T> = Result<T, NativeError>;

/// How a native fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NativeError {
    /// The program aborts with this code, in the native's module.
    Abort(u64),
    /// As [`NativeError::Abort`], with a message for people.
    AbortWith(u64, String),
    /// The machine stops: out of gas, a limit, an impossible state.
    Vm(Box<VmError>),
}

impl From<VmError> for NativeError {
    fn from(error: VmError) -> Self {
        NativeError::Vm(Box::new(error))
    }
}

impl From<StatusCode> for NativeError {
    fn from(status: StatusCode) -> Self {
        VmError::new(status).into()
    }
}

impl From<NativeError> for VmError {
    fn from(error: NativeError) -> Self {
        match error {
            NativeError::Abort(code) => VmError::abort(code),
            NativeError::AbortWith(code, message) => VmError::abort(code).message(message),
            NativeError::Vm(error) => *error,
        }
    }
}

/// A value without parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// `bool`
    Bool(bool),
    /// `u8`
    U8(u8),
    /// `u16`
    U16(u16),
    /// `u32`
    U32(u32),
    /// `u64`
    U64(u64),
    /// `u128`
    U128(u128),
    /// `u256`
    U256(U256),
    /// `i8`
    I8(i8),
    /// `i16`
    I16(i16),
    /// `i32`
    I32(i32),
    /// `i64`
    I64(i64),
    /// `i128`
    I128(i128),
    /// `i256`
    I256(I256),
    /// `address`, and what a `signer` stands for
    Address(AccountAddress),
}

fn wrong_kind(index: usize) -> NativeError {
    VmError::new(StatusCode::InternalTypeError)
        .message(format!("argument {index} of a native has the wrong kind"))
        .into()
}

/// What a native can see and do. Argument positions count from 0; an argument of reference type is read through.
pub trait NativeContext {
    /// Gas, events, facts of the transaction, extension data.
    fn host(&mut self) -> &mut Host;

    /// A type argument of the call.
    ///
    /// # Errors
    /// An invariant violation when there is none at this position.
    fn type_arg(&self, index: usize) -> NativeResult<Ty>;

    /// The type of an argument, a reference's target for references.
    ///
    /// # Errors
    /// An invariant violation when there is none at this position.
    fn arg_type(&self, index: usize) -> NativeResult<Ty>;

    /// A type as a tag.
    ///
    /// # Errors
    /// `TYPE_TAG_LIMIT_EXCEEDED`.
    fn type_tag(&mut self, ty: Ty) -> NativeResult<Arc<TypeTag>>;

    /// The size that every value of this type has in BCS, if there is one.
    ///
    /// # Errors
    /// When the type has no layout.
    fn constant_size(&mut self, ty: Ty) -> NativeResult<Option<u64>>;

    /// The declared type of the next result, a reference's target for references.
    ///
    /// # Errors
    /// An invariant violation when all results are there.
    fn result_type(&self) -> NativeResult<Ty>;

    /// An argument, or what it refers to, as text.
    ///
    /// # Errors
    /// When the type has no layout, or too big a one.
    fn show(&mut self, index: usize, style: Style) -> NativeResult<String>;

    /// Number of arguments.
    fn arg_count(&self) -> usize;

    /// A scalar argument, or the scalar behind a reference; a signer gives its address.
    ///
    /// # Errors
    /// An invariant violation when it is something else.
    fn scalar(&mut self, index: usize) -> NativeResult<Scalar>;

    /// A `vector<u8>` argument, or the one behind a reference.
    ///
    /// # Errors
    /// An invariant violation when it is something else.
    fn bytes(&mut self, index: usize) -> NativeResult<Vec<u8>>;

    /// Length of a vector argument or of the vector behind a reference.
    ///
    /// # Errors
    /// An invariant violation when it is something else.
    fn vector_len(&mut self, index: usize) -> NativeResult<u64>;

    /// BCS of an argument or of what it refers to; `None` when it has no encoding (layout too big, closure that cannot be stored).
    ///
    /// # Errors
    /// An invariant violation, or no gas.
    fn encode(&mut self, index: usize) -> NativeResult<Option<Vec<u8>>>;

    /// Total order of what two arguments refer to.
    ///
    /// # Errors
    /// An invariant violation when the types differ.
    fn compare(&mut self, left: usize, right: usize) -> NativeResult<Ordering>;

    /// Abstract size of an argument or of what it refers to, for charges by size.
    ///
    /// # Errors
    /// An invariant violation when there is no such argument.
    fn abstract_size(&mut self, index: usize) -> NativeResult<u64>;

    /// Exchanges what two mutable references point at.
    ///
    /// # Errors
    /// An invariant violation when the types differ.
    fn swap(&mut self, left: usize, right: usize) -> NativeResult<()>;

    /// Moves `length` elements at `position` of the vector behind `from` to `insert` of the one behind `to`; `false` when a range is outside.
    ///
    /// # Errors
    /// An invariant violation when the types differ.
    fn move_range(&mut self, from: usize, position: u64, length: u64, to: usize, insert: u64) -> NativeResult<bool>;

    /// Overwrites what a mutable reference points at with a value given as BCS; `false` when the bytes do not decode.
    ///
    /// # Errors
    /// An invariant violation when the argument is not a reference.
    fn write_bcs(&mut self, index: usize, bytes: &[u8]) -> NativeResult<bool>;

    /// Leaves a scalar as the next result.
    ///
    /// # Errors
    /// An invariant violation when the declared result is something else.
    fn ret(&mut self, value: Scalar) -> NativeResult<()>;

    /// Leaves a `vector<u8>` as the next result.
    ///
    /// # Errors
    /// An invariant violation when the declared result is something else.
    fn ret_bytes(&mut self, bytes: &[u8]) -> NativeResult<()>;

    /// Leaves a value given as BCS as the next result, of the declared type; `false`, and no result, when the bytes do not decode.
    ///
    /// # Errors
    /// An invariant violation when the declared result is a reference.
    fn ret_bcs(&mut self, bytes: &[u8]) -> NativeResult<bool>;

    /// Leaves a signer as the next result.
    ///
    /// # Errors
    /// An invariant violation when the declared result is something else.
    fn ret_signer(&mut self, address: AccountAddress) -> NativeResult<()>;

    /// Leaves a vector of signers as the next result.
    ///
    /// # Errors
    /// An invariant violation when the declared result is something else.
    fn ret_signers(&mut self, addresses: &[AccountAddress]) -> NativeResult<()>;

    /// Leaves a reference to the address inside the signer behind a reference as the next result.
    ///
    /// # Errors
    /// An invariant violation when the argument is something else.
    fn ret_signer_address(&mut self, index: usize) -> NativeResult<()>;

    /// Whether a resource of this type stands at the address.
    ///
    /// # Errors
    /// No gas, or the store failed.
    fn exists(&mut self, ty: Ty, address: AccountAddress) -> NativeResult<bool>;

    /// Whether the table has the key.
    ///
    /// # Errors
    /// No gas, or the store failed.
    fn table_contains(&mut self, handle: AccountAddress, key: &[u8]) -> NativeResult<bool>;

    /// Puts an argument, given by value, under the key; `false`, and no change, when the key is taken.
    ///
    /// # Errors
    /// No gas, or the store failed.
    fn table_add(&mut self, handle: AccountAddress, key: &[u8], ty: Ty, value: usize) -> NativeResult<bool>;

    /// Leaves a reference to the value under the key as the next result; `false`, and no result, when there is none.
    ///
    /// # Errors
    /// No gas, or the store failed.
    fn table_borrow(&mut self, handle: AccountAddress, key: &[u8], ty: Ty) -> NativeResult<bool>;

    /// Takes the value under the key and leaves it as the next result; `false`, and no result, when there is none.
    ///
    /// # Errors
    /// No gas, or the store failed.
    fn table_remove(&mut self, handle: AccountAddress, key: &[u8], ty: Ty) -> NativeResult<bool>;

    /// Loads a module and charges for it; whether it has such a function.
    ///
    /// # Errors
    /// No gas, or the module does not load.
    fn load_function(&mut self, module: &ModuleId, function: &str) -> NativeResult<bool>;

    /// Whether the native `first` may dispatch to `second`: public, in another module, not native, with the type parameters
    /// and results of `first`, and its parameters but the last.
    ///
    /// # Errors
    /// When one of them does not load.
    fn may_dispatch(&mut self, first: (&ModuleId, &str), second: (&ModuleId, &str)) -> NativeResult<bool>;

    /// Asks for native dispatch: when the native returns, the function is called with all its arguments but the last.
    ///
    /// # Errors
    /// `RUNTIME_DISPATCH_ERROR` when the target does not fit, `FUNCTION_RESOLUTION_FAILURE` when its module was not loaded.
    fn dispatch(&mut self, module: &ModuleId, function: &str) -> NativeResult<()>;

    /// The calls on the stack as text, for `debug::print_stack_trace`.
    fn stack_trace(&self) -> String;

    /// A `bool` argument.
    ///
    /// # Errors
    /// An invariant violation when it is something else.
    fn bool(&mut self, index: usize) -> NativeResult<bool> {
        match self.scalar(index)? {
            Scalar::Bool(value) => Ok(value),
            _ => Err(wrong_kind(index)),
        }
    }

    /// A `u8` argument.
    ///
    /// # Errors
    /// An invariant violation when it is something else.
    fn u8(&mut self, index: usize) -> NativeResult<u8> {
        match self.scalar(index)? {
            Scalar::U8(value) => Ok(value),
            _ => Err(wrong_kind(index)),
        }
    }

    /// A `u64` argument.
    ///
    /// # Errors
    /// An invariant violation when it is something else.
    fn u64(&mut self, index: usize) -> NativeResult<u64> {
        match self.scalar(index)? {
            Scalar::U64(value) => Ok(value),
            _ => Err(wrong_kind(index)),
        }
    }

    /// A `u128` argument.
    ///
    /// # Errors
    /// An invariant violation when it is something else.
    fn u128(&mut self, index: usize) -> NativeResult<u128> {
        match self.scalar(index)? {
            Scalar::U128(value) => Ok(value),
            _ => Err(wrong_kind(index)),
        }
    }

    /// A `u256` argument.
    ///
    /// # Errors
    /// An invariant violation when it is something else.
    fn u256(&mut self, index: usize) -> NativeResult<U256> {
        match self.scalar(index)? {
            Scalar::U256(value) => Ok(value),
            _ => Err(wrong_kind(index)),
        }
    }

    /// An `address` argument, or the address of a signer.
    ///
    /// # Errors
    /// An invariant violation when it is something else.
    fn address(&mut self, index: usize) -> NativeResult<AccountAddress> {
        match self.scalar(index)? {
            Scalar::Address(value) => Ok(value),
            _ => Err(wrong_kind(index)),
        }
    }

    /// Charges the native's price per byte.
    ///
    /// # Errors
    /// No gas.
    fn charge_bytes(&mut self, count: u64) -> NativeResult<()> {
        let price = self.host().native_gas.per_byte;
        Ok(self.host().charge_per(price, count)?)
    }
}

/// Every native function by address, module and name.
#[derive(Debug, Clone, Default)]
pub struct NativeTable {
    functions: BTreeMap<(AccountAddress, Box<str>, Box<str>), NativeFn>,
}

impl NativeTable {
    /// A table without functions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function.
    ///
    /// # Errors
    /// `DUPLICATE_NATIVE_FUNCTION` when the place is taken.
    pub fn add(&mut self, address: AccountAddress, module: &str, function: &str, native: NativeFn) -> VmResult<()> {
        if self.functions.insert((address, module.into(), function.into()), native).is_some() {
            return Err(
                VmError::new(StatusCode::DuplicateNativeFunction).message(format!("{address}::{module}::{function}"))
            );
        }
        Ok(())
    }

    /// Adds all functions of another table.
    ///
    /// # Errors
    /// `DUPLICATE_NATIVE_FUNCTION` when a place is taken.
    pub fn extend(&mut self, other: NativeTable) -> VmResult<()> {
        for ((address, module, function), native) in other.functions {
            self.add(address, &module, &function, native)?;
        }
        Ok(())
    }

    /// Finds a function.
    pub fn get(&self, address: &AccountAddress, module: &str, function: &str) -> Option<NativeFn> {
        self.functions.get(&(*address, module.into(), function.into())).copied()
    }

    /// The places of all functions, ascending.
    pub fn names(&self) -> impl Iterator<Item = (&AccountAddress, &str, &str)> {
        self.functions.keys().map(|(address, module, function)| (address, &**module, &**function))
    }
}
