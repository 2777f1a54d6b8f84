//! From a type to its layout, with the definitions that modules hold.
//!
//! Works on modules that nobody verified: nesting, the size of the layout and the size of the types
//! met on the way are limited.

use crate::file_format::{CompiledModule, FieldDef, SignatureToken, StructFields, Tables};
use move_core_types::{
    FunctionParamTag, FunctionTag, ModuleId, StructTag, TypeTag,
    layout::{FieldLayout, StructBody, StructLayout, TypeLayout, VariantLayout},
};
use std::{collections::BTreeMap, sync::Arc};

/// How large a layout may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayoutLimits {
    /// Types in the layout, each occurrence counted.
    pub nodes_max: usize,
    /// Nesting of types.
    pub depth_max: usize,
    /// Nodes of types made by putting arguments for parameters.
    pub type_nodes_max: usize,
}

impl LayoutLimits {
    /// What the machine allows.
    pub const PRODUCTION: Self = Self { nodes_max: 512, depth_max: 128, type_nodes_max: 1 << 14 };
}

/// Why a type has no layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A module is not there.
    #[error("module {0} not found")]
    NoModule(ModuleId),
    /// A module does not define the type.
    #[error("type {0} not found")]
    NoType(StructTag),
    /// A module that is out of bounds, a native type, or the wrong number of type arguments.
    #[error("type {0} cannot be used")]
    BadType(StructTag),
    /// Nested too deeply.
    #[error("type nested too deeply")]
    Depth,
    /// Too many types.
    #[error("type too large")]
    Size,
}

/// Makes layouts, with modules from a function, and remembers those of structs.
#[derive(Debug)]
pub struct LayoutBuilder<F> {
    resolve: F,
    limits: LayoutLimits,
    structs: BTreeMap<StructTag, (Arc<StructLayout>, usize)>,
}

/// What is left of the limits for one layout.
struct Budget {
    nodes: usize,
    type_nodes: usize,
}

impl Budget {
    fn nodes(&mut self, count: usize) -> Result<(), LayoutError> {
        self.nodes = self.nodes.checked_sub(count).ok_or(LayoutError::Size)?;
        Ok(())
    }
}

impl<F: FnMut(&ModuleId) -> Option<Arc<CompiledModule>>> LayoutBuilder<F> {
    /// A builder that finds modules with `resolve`.
    pub fn new(resolve: F, limits: LayoutLimits) -> Self {
        Self { resolve, limits, structs: BTreeMap::new() }
    }

    /// The layout of a type.
    ///
    /// # Errors
    /// Something is missing or a limit is exceeded.
    pub fn layout(&mut self, tag: &TypeTag) -> Result<TypeLayout, LayoutError> {
        let mut budget = Budget { nodes: self.limits.nodes_max, type_nodes: self.limits.type_nodes_max };
        self.of_tag(tag, self.limits.depth_max, &mut budget)
    }

    /// The layout of a struct or enum.
    ///
    /// # Errors
    /// As [`Self::layout`].
    pub fn struct_layout(&mut self, tag: &StructTag) -> Result<Arc<StructLayout>, LayoutError> {
        let mut budget = Budget { nodes: self.limits.nodes_max, type_nodes: self.limits.type_nodes_max };
        self.of_struct(tag, self.limits.depth_max, &mut budget)
    }

    fn of_tag(&mut self, tag: &TypeTag, depth: usize, budget: &mut Budget) -> Result<TypeLayout, LayoutError> {
        let below = depth.checked_sub(1).ok_or(LayoutError::Depth)?;
        match tag {
            TypeTag::Struct(tag) => return Ok(TypeLayout::Struct(self.of_struct(tag, depth, budget)?)),
            TypeTag::Vector(element) => {
                budget.nodes(1)?;
                return Ok(TypeLayout::vector(self.of_tag(element, below, budget)?));
            }
            TypeTag::Function(_) => {
                budget.nodes(1)?;
                return Ok(TypeLayout::Function);
            }
            TypeTag::Bool | TypeTag::Address | TypeTag::Signer => {}
            TypeTag::U8 | TypeTag::U16 | TypeTag::U32 | TypeTag::U64 | TypeTag::U128 | TypeTag::U256 => {}
            TypeTag::I8 | TypeTag::I16 | TypeTag::I32 | TypeTag::I64 | TypeTag::I128 | TypeTag::I256 => {}
        }
        budget.nodes(1)?;
        TypeLayout::of_primitive(tag).ok_or(LayoutError::Size)
    }

    fn of_struct(
        &mut self,
        tag: &StructTag,
        depth: usize,
        budget: &mut Budget,
    ) -> Result<Arc<StructLayout>, LayoutError> {
        let below = depth.checked_sub(1).ok_or(LayoutError::Depth)?;
        if let Some((layout, nodes)) = self.structs.get(tag) {
            budget.nodes(*nodes)?;
            return Ok(Arc::clone(layout));
        }
        let before = budget.nodes;
        budget.nodes(1)?;
        let id = tag.module_id();
        let module = (self.resolve)(&id).ok_or(LayoutError::NoModule(id))?;
        let tables = &module.tables;
        let named = |handle: &crate::file_format::StructHandle| {
            handle.module == module.self_handle && tables.identifier(handle.name) == Some(&tag.name)
        };
        let found = tables.struct_defs.iter().find_map(|def| {
            tables.struct_handle(def.handle).filter(|handle| named(handle)).map(|handle| (def, handle))
        });
        let (def, handle) = found.ok_or_else(|| LayoutError::NoType(tag.clone()))?;
        if handle.type_params.len() != tag.type_args.len() {
            return Err(LayoutError::BadType(tag.clone()));
        }
        let body = match &def.fields {
            StructFields::Native => return Err(LayoutError::BadType(tag.clone())),
            StructFields::Plain(fields) => StructBody::Struct(self.fields(tag, tables, fields, below, budget)?),
            StructFields::Variants(variants) => {
                let variants = variants.iter().map(|variant| {
                    let name = tables.identifier(variant.name).ok_or_else(|| LayoutError::BadType(tag.clone()))?;
                    let fields = self.fields(tag, tables, &variant.fields, below, budget)?;
                    Ok(VariantLayout { name: name.clone(), fields })
                });
                StructBody::Enum(variants.collect::<Result<_, LayoutError>>()?)
            }
        };
        let layout = Arc::new(StructLayout { tag: tag.clone(), body });
        self.structs.insert(tag.clone(), (Arc::clone(&layout), before - budget.nodes));
        Ok(layout)
    }

    fn fields(
        &mut self,
        owner: &StructTag,
        tables: &Tables,
        fields: &[FieldDef],
        depth: usize,
        budget: &mut Budget,
    ) -> Result<Vec<FieldLayout>, LayoutError> {
        let fields = fields.iter().map(|field| {
            let name = tables.identifier(field.name).ok_or_else(|| LayoutError::BadType(owner.clone()))?;
            let tag = substitute(tables, &field.ty, &owner.type_args, &mut budget.type_nodes)
                .map_err(|problem| problem.at(owner))?;
            Ok(FieldLayout { name: name.clone(), layout: self.of_tag(&tag, depth, budget)? })
        });
        fields.collect()
    }
}

/// Why a token is not a type tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Problem {
    /// A reference, a parameter without argument, or an index out of bounds.
    Type,
    /// More nodes than allowed.
    Size,
}

impl Problem {
    fn at(self, owner: &StructTag) -> LayoutError {
        match self {
            Problem::Type => LayoutError::BadType(owner.clone()),
            Problem::Size => LayoutError::Size,
        }
    }
}

/// The type that a token means with these type arguments.
///
/// `None` for references, parameters without argument, indices out of bounds, and results of more
/// than `nodes_max` nodes.
pub fn type_tag(tables: &Tables, token: &SignatureToken, type_args: &[TypeTag], nodes_max: usize) -> Option<TypeTag> {
    let mut nodes = nodes_max;
    substitute(tables, token, type_args, &mut nodes).ok()
}

fn nodes_of(tag: &TypeTag) -> usize {
    match tag {
        TypeTag::Vector(element) => nodes_of(element) + 1,
        TypeTag::Struct(tag) => tag.type_args.iter().map(nodes_of).sum::<usize>() + 1,
        TypeTag::Function(tag) => {
            tag.args.iter().chain(&tag.results).map(|param| nodes_of(param.inner())).sum::<usize>() + 1
        }
        _ => 1,
    }
}

/// Recurses as deep as the token, which the reader limits. Every node made is taken from `nodes`
/// before it is made.
fn substitute(
    tables: &Tables,
    token: &SignatureToken,
    type_args: &[TypeTag],
    nodes: &mut usize,
) -> Result<TypeTag, Problem> {
    use SignatureToken as T;
    let mut take = |count| {
        *nodes = nodes.checked_sub(count).ok_or(Problem::Size)?;
        Ok(())
    };
    if let T::TypeParam(index) = token {
        let arg = type_args.get(usize::from(*index)).ok_or(Problem::Type)?;
        take(nodes_of(arg))?;
        return Ok(arg.clone());
    }
    take(1)?;
    Ok(match token {
        T::Bool => TypeTag::Bool,
        T::U8 => TypeTag::U8,
        T::U16 => TypeTag::U16,
        T::U32 => TypeTag::U32,
        T::U64 => TypeTag::U64,
        T::U128 => TypeTag::U128,
        T::U256 => TypeTag::U256,
        T::I8 => TypeTag::I8,
        T::I16 => TypeTag::I16,
        T::I32 => TypeTag::I32,
        T::I64 => TypeTag::I64,
        T::I128 => TypeTag::I128,
        T::I256 => TypeTag::I256,
        T::Address => TypeTag::Address,
        T::Signer => TypeTag::Signer,
        T::Vector(element) => TypeTag::vector(substitute(tables, element, type_args, nodes)?),
        T::Struct(handle) | T::StructInst(handle, _) => {
            let args = match token {
                T::StructInst(_, args) => args.as_slice(),
                _ => &[],
            };
            let handle = tables.struct_handle(*handle).ok_or(Problem::Type)?;
            let module = tables.module_id_at(handle.module).ok_or(Problem::Type)?;
            let args = args.iter().map(|arg| substitute(tables, arg, type_args, nodes));
            TypeTag::Struct(Box::new(StructTag {
                address: module.address,
                module: module.name,
                name: tables.identifier(handle.name).ok_or(Problem::Type)?.clone(),
                type_args: args.collect::<Result<_, _>>()?,
            }))
        }
        T::Function(function) => {
            let mut param = |token: &SignatureToken| {
                Ok(match token {
                    T::Reference(inner) => FunctionParamTag::Reference(substitute(tables, inner, type_args, nodes)?),
                    T::MutableReference(inner) => {
                        FunctionParamTag::MutableReference(substitute(tables, inner, type_args, nodes)?)
                    }
                    value => FunctionParamTag::Value(substitute(tables, value, type_args, nodes)?),
                })
            };
            TypeTag::Function(Box::new(FunctionTag {
                args: function.args.iter().map(&mut param).collect::<Result<_, _>>()?,
                results: function.results.iter().map(&mut param).collect::<Result<_, _>>()?,
                abilities: function.abilities,
            }))
        }
        T::Reference(_) | T::MutableReference(_) | T::TypeParam(_) => return Err(Problem::Type),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assembly::assemble;
    use move_core_types::value::{DecodeLimits, MoveValue};

    fn builder(modules: &[&str]) -> LayoutBuilder<impl FnMut(&ModuleId) -> Option<Arc<CompiledModule>> + use<>> {
        let modules = modules.iter().map(|text| {
            let module = assemble(text).unwrap();
            (module.self_id().unwrap(), Arc::new(module))
        });
        let modules: BTreeMap<_, _> = modules.collect();
        LayoutBuilder::new(move |id: &ModuleId| modules.get(id).cloned(), LayoutLimits::PRODUCTION)
    }

    #[test]
    fn a_resource_is_read_with_the_names_of_its_modules() {
        let mut builder = builder(&[
            "module 0x1::coin { struct Coin<phantom T> has store { value: u64 } }",
            "module 0x2::m {
                import struct 0x1::coin::Coin<phantom T0> has store;
                struct Purse<T> has key { coin: 0x1::coin::Coin<T>, log: vector<E<T>>, f: |u8|(bool) }
                enum E<T> has store { A { t: T, all: vector<T> }, B {} }
            }",
        ]);
        let layout = builder.layout(&"0x2::m::Purse<u8>".parse().unwrap()).unwrap();
        let mut bytes = [7u64.to_le_bytes().to_vec(), vec![2, 1, 0, 5, 1, 9]].concat();
        bytes.extend([7, 2, 0].iter().chain(&[0; 32]).chain(&[1, b'm', 1, b'f', 0]).chain(&[0; 11]));
        let value = MoveValue::decode(&bytes, &layout, &DecodeLimits::PRODUCTION).unwrap();
        assert_eq!(
            value.to_string(),
            "0x2::m::Purse<u8> { coin: 0x1::coin::Coin<u8> { value: 7 }, \
             log: [0x2::m::E<u8>::B { }, 0x2::m::E<u8>::A { t: 5, all: 0x09 }], f: 0x0::m::f(mask 0b0) }"
        );
        assert_eq!(value.encode(), bytes);
    }

    #[test]
    fn what_has_no_layout_says_why() {
        let mut builder = builder(&["module 0x1::m {
            struct S<T> { t: T }
            struct Loop { next: vector<Loop> }
            struct Grow<T> { next: vector<Grow<S<T>>> }
            struct Pair<T> { a: T, b: T }
            struct Double<T> { next: vector<Double<Pair<T>>>, t: T }
            native struct Hidden;
            struct Ref { r: &u8 }
        }"]);
        let mut error = |text: &str| builder.layout(&text.parse().unwrap()).unwrap_err().to_string();
        assert_eq!(error("0x2::m::S"), "module 0x2::m not found");
        assert_eq!(error("0x1::m::T"), "type 0x1::m::T not found");
        assert_eq!(error("0x1::m::S"), "type 0x1::m::S cannot be used");
        assert_eq!(error("0x1::m::S<0x1::m::Hidden>"), "type 0x1::m::Hidden cannot be used");
        assert_eq!(error("0x1::m::Ref"), "type 0x1::m::Ref cannot be used");
        assert_eq!(error("0x1::m::Loop"), "type nested too deeply");
        assert_eq!(error("0x1::m::Grow<u8>"), "type nested too deeply");
        assert!(["type too large", "type nested too deeply"].contains(&error("0x1::m::Double<u8>").as_str()));
    }

    #[test]
    fn layouts_that_double_at_each_level_stop_at_the_limit() {
        let mut text = "module 0x1::m { struct S0 { a: u8 }".to_owned();
        for level in 1..30 {
            text += &format!(" struct S{level} {{ a: S{}, b: S{} }}", level - 1, level - 1);
        }
        let mut builder = builder(&[&(text + "}")]);
        assert!(builder.layout(&"0x1::m::S5".parse().unwrap()).is_ok());
        assert_eq!(builder.layout(&"0x1::m::S29".parse().unwrap()), Err(LayoutError::Size));
    }
}
