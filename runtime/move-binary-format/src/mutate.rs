//! Random changes to the structure of modules, for fuzzing beyond the reader.

#![expect(clippy::indexing_slicing, reason = "positions are drawn below the lengths of the lists they are for")]

use crate::file_format::{
    AbilitySet, Bytecode, CompiledModule, FieldHandleIdx, FunctionHandleIdx, SignatureIdx, SignatureToken,
    StructDefIdx, Visibility,
};
use move_core_types::fuzz::Random;

fn small_local(random: &mut Random, bound: usize) -> u8 {
    u8::try_from(random.below(bound)).unwrap_or_default()
}

fn token(random: &mut Random, module: &CompiledModule) -> SignatureToken {
    match random.below(9) {
        0 => SignatureToken::U64,
        1 => SignatureToken::Bool,
        2 => SignatureToken::Address,
        3 => SignatureToken::Signer,
        4 => SignatureToken::TypeParam(random.index(2)),
        5 => SignatureToken::vector(SignatureToken::U8),
        _ => {
            let signatures = &module.signatures;
            let found = random.pick(signatures).and_then(|signature| signature.0.first()).cloned();
            let found = found.unwrap_or(SignatureToken::U8);
            match random.below(5) {
                0 => SignatureToken::reference(found),
                1 => SignatureToken::mutable_reference(found),
                2 => SignatureToken::vector(found),
                _ => found,
            }
        }
    }
}

fn instruction(random: &mut Random, module: &CompiledModule, length: usize) -> Bytecode {
    match random.below(24) {
        0 => Bytecode::Pop,
        1 => Bytecode::Ret,
        2 => Bytecode::BrTrue(random.index(length)),
        3 => Bytecode::BrFalse(random.index(length)),
        4 => Bytecode::Branch(random.index(length)),
        5 => Bytecode::LdU64(1),
        6 => Bytecode::CopyLoc(small_local(random, 6)),
        7 => Bytecode::MoveLoc(small_local(random, 6)),
        8 => Bytecode::StLoc(small_local(random, 6)),
        9 => Bytecode::MutBorrowLoc(small_local(random, 6)),
        10 => Bytecode::ImmBorrowLoc(small_local(random, 6)),
        11 => Bytecode::MutBorrowField(FieldHandleIdx(random.index(module.field_handles.len()))),
        12 => Bytecode::Call(FunctionHandleIdx(random.index(module.function_handles.len()))),
        13 => Bytecode::Pack(StructDefIdx(random.index(module.struct_defs.len()))),
        14 => Bytecode::Unpack(StructDefIdx(random.index(module.struct_defs.len()))),
        15 => Bytecode::ReadRef,
        16 => Bytecode::WriteRef,
        17 => Bytecode::FreezeRef,
        18 => Bytecode::VecLen(SignatureIdx(random.index(module.signatures.len()))),
        19 => Bytecode::PackClosure(FunctionHandleIdx(random.index(module.function_handles.len())), 1),
        20 => Bytecode::CallClosure(SignatureIdx(random.index(module.signatures.len()))),
        21 => Bytecode::Abort,
        _ => {
            let functions = &module.function_defs;
            let code = random.pick(functions).and_then(|def| def.code.as_ref());
            code.and_then(|code| random.pick(&code.code).copied()).unwrap_or(Bytecode::Nop)
        }
    }
}

/// Moves the targets of jumps behind an instruction that is inserted or has been removed.
fn shift_targets(code: &mut [Bytecode], at: usize, by: i16) {
    for instruction in code {
        if let Bytecode::Branch(to) | Bytecode::BrTrue(to) | Bytecode::BrFalse(to) = instruction
            && usize::from(*to) > at
        {
            *to = to.saturating_add_signed(by);
        }
    }
}

/// An instruction of the same kind, where there is one: it often still verifies.
fn similar(random: &mut Random, module: &CompiledModule, old: Bytecode, length: usize) -> Bytecode {
    use Bytecode as B;
    const GROUPS: &[&[Bytecode]] = &[
        &[B::Add, B::Sub, B::Mul, B::Div, B::Mod],
        &[B::Lt, B::Gt, B::Le, B::Ge],
        &[B::BitOr, B::BitAnd, B::Xor],
        &[B::Eq, B::Neq],
        &[B::Or, B::And],
        &[B::Shl, B::Shr],
        &[B::LdTrue, B::LdFalse],
    ];
    if let Some(group) = GROUPS.iter().find(|group| group.contains(&old)) {
        return random.pick(group).copied().unwrap_or(old);
    }
    let local = |random: &mut Random| small_local(random, 8);
    match old {
        B::CopyLoc(at) => [B::MoveLoc(at), B::CopyLoc(local(random)), B::ImmBorrowLoc(at)][random.below(3)],
        B::MoveLoc(at) => [B::CopyLoc(at), B::MoveLoc(local(random)), B::MutBorrowLoc(at)][random.below(3)],
        B::StLoc(_) => [B::StLoc(local(random)), B::Pop][random.below(2)],
        B::ImmBorrowLoc(at) => [B::MutBorrowLoc(at), B::ImmBorrowLoc(local(random))][random.below(2)],
        B::MutBorrowLoc(at) => [B::ImmBorrowLoc(at), B::MutBorrowLoc(local(random))][random.below(2)],
        B::BrTrue(to) => [B::BrFalse(to), B::BrTrue(random.index(length))][random.below(2)],
        B::BrFalse(to) => [B::BrTrue(to), B::BrFalse(random.index(length))][random.below(2)],
        B::Branch(_) => B::Branch(random.index(length)),
        B::LdU64(_) => B::LdU64([0, 1, 2, 3, u64::MAX][random.below(5)]),
        B::LdU8(_) => B::LdU8([0, 1, 7, 64, u8::MAX][random.below(5)]),
        B::ImmBorrowField(_) => B::ImmBorrowField(FieldHandleIdx(random.index(module.field_handles.len()))),
        B::MutBorrowField(_) => B::MutBorrowField(FieldHandleIdx(random.index(module.field_handles.len()))),
        B::VecImmBorrow(element) => B::VecMutBorrow(element),
        B::VecMutBorrow(element) => B::VecImmBorrow(element),
        B::Call(_) => B::Call(FunctionHandleIdx(random.index(module.function_handles.len()))),
        B::ReadRef => B::FreezeRef,
        B::FreezeRef => B::ReadRef,
        other => other,
    }
}

/// Changes one thing.
pub fn change(random: &mut Random, module: &mut CompiledModule) {
    let snapshot = module.clone();
    let functions = module.function_defs.len();
    match random.below(14) {
        0..=7 => {
            let at = random.below(functions);
            let Some(code) = module.function_defs.get_mut(at).and_then(|def| def.code.as_mut()) else { return };
            let length = code.code.len();
            let at = random.below(length);
            match random.below(8) {
                0 => {
                    let new = instruction(random, &snapshot, length);
                    shift_targets(&mut code.code, at, 1);
                    code.code.insert(at, new);
                }
                1 if length > 1 => {
                    code.code.remove(at);
                    shift_targets(&mut code.code, at, -1);
                }
                2 => {
                    let other = random.below(length);
                    code.code.swap(at, other);
                }
                3 => code.code[at] = instruction(random, &snapshot, length),
                _ => code.code[at] = similar(random, &snapshot, code.code[at], length),
            }
        }
        8 => {
            let count = module.signatures.len();
            let at = random.below(count);
            let Some(signature) = module.signatures.get_mut(at) else { return };
            let position = random.below(signature.0.len() + 1);
            signature.0.insert(position, token(random, &snapshot));
        }
        9 => {
            let count = module.struct_handles.len();
            let abilities = AbilitySet::from_u8(small_local(random, 16)).unwrap_or(AbilitySet::EMPTY);
            let at = random.below(count);
            if let Some(handle) = module.struct_handles.get_mut(at) {
                handle.abilities = abilities;
            }
        }
        10 => {
            let signature = SignatureIdx(random.index(module.signatures.len()));
            let at = random.below(module.function_handles.len());
            let Some(handle) = module.function_handles.get_mut(at) else { return };
            if random.below(2) == 0 { handle.parameters = signature } else { handle.results = signature }
        }
        11 => {
            let signature = SignatureIdx(random.index(module.signatures.len()));
            let at = random.below(functions);
            if let Some(code) = module.function_defs.get_mut(at).and_then(|def| def.code.as_mut()) {
                code.locals = signature;
            }
        }
        12 => {
            let resource = StructDefIdx(random.index(module.struct_defs.len()));
            let at = random.below(functions);
            let Some(def) = module.function_defs.get_mut(at) else { return };
            def.visibility = Visibility::Friend;
            if def.acquires.pop().is_none() {
                def.acquires.push(resource);
            }
        }
        _ => {
            let signature = SignatureIdx(random.index(module.signatures.len()));
            let at = random.below(module.function_insts.len());
            if let Some(inst) = module.function_insts.get_mut(at) {
                inst.type_args = signature;
            }
        }
    }
}
