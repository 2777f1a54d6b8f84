//! Calls: of functions, of vector instructions, of function values, and expansion of inline functions.

use super::{Binding, EXPANSIONS_MAX, Frame, INLINE_DEPTH_MAX, Lowerer, access};
use crate::{
    codes::Code,
    diagnostics::Diagnostic,
    ir::{Callee, Op, Src, VectorOp},
    source::Span,
    typed::{Lambda, LocalId, TExp, TKind},
    types::{FunId, Ty},
};
use std::rc::Rc;

impl Lowerer<'_, '_> {
    /// Calls a declared function; gives its results.
    pub(super) fn call(&mut self, fun: FunId, targs: &[Ty], args: &[TExp], results: &[Ty], span: Span) -> Vec<Src> {
        let targs = self.tys(targs);
        let decl = self.program.fun(fun);
        access::check_call(self.program, self.shared.module, fun, span, &self.sites());
        if decl.is_inline {
            return self.expand(fun, targs, args, results, span);
        }
        if let Some(name) = self.program.vector_instruction(fun) {
            let name = name.to_string();
            return self.vector_call(&name, &targs, args, results, span);
        }
        let srcs = self.args(args);
        let dsts: Vec<_> = results.iter().map(|ty| self.fresh(ty.clone(), span)).collect();
        self.emit(Op::Call(Callee::Declared(fun), targs), dsts.clone(), srcs, span);
        dsts.into_iter().map(Src::infer).collect()
    }

    fn vector_call(&mut self, name: &str, targs: &[Ty], args: &[TExp], results: &[Ty], span: Span) -> Vec<Src> {
        let element = targs.first().cloned().unwrap_or(Ty::Error);
        let mut srcs = self.args(args);
        let op = match name {
            "empty" => Op::VecPack(element),
            "length" => Op::Vector(VectorOp::Length, element),
            "borrow" => Op::Vector(VectorOp::Borrow(false), element),
            "borrow_mut" => Op::Vector(VectorOp::Borrow(true), element),
            "push_back" => Op::Vector(VectorOp::PushBack, element),
            "pop_back" => Op::Vector(VectorOp::PopBack, element),
            "swap" => Op::Vector(VectorOp::Swap, element),
            _ => Op::Vector(VectorOp::DestroyEmpty, element),
        };
        // Reading instructions accept mutable references, so that freezing first is not needed.
        if matches!(op, Op::Vector(VectorOp::Length | VectorOp::Borrow(false), _))
            && let Some(first) = srcs.first_mut()
        {
            self.unfreeze(first);
        }
        let dsts: Vec<_> = results.iter().map(|ty| self.fresh(ty.clone(), span)).collect();
        self.emit(op, dsts.clone(), srcs, span);
        dsts.into_iter().map(Src::infer).collect()
    }

    /// Drops a freeze that was just emitted for an operand.
    fn unfreeze(&mut self, src: &mut Src) {
        let Some(block) = self.current else { return };
        let Some(last) = self.function.blocks[block].instrs.last() else { return };
        if matches!(last.op, Op::Freeze) && last.dsts == [src.temp] && last.srcs.len() == 1 {
            *src = last.srcs[0];
            self.function.blocks[block].instrs.pop();
        }
    }

    /// Calls a function value.
    pub(super) fn invoke(&mut self, function: &TExp, args: &[TExp], results: &[Ty], span: Span) -> Vec<Src> {
        if let TKind::Local(local) = &function.kind {
            match self.binding(*local) {
                Some(Binding::Lambda(lambda, frame, _)) => {
                    return self.expand_lambda(&lambda, frame, args, results, span);
                }
                Some(Binding::Function(fun, targs)) => return self.call_resolved(fun, targs, args, results, span),
                _ => {}
            }
        }
        if let TKind::Lambda(lambda) = &function.kind {
            let lambda = lambda.clone();
            return self.expand_lambda(&lambda, self.frame, args, results, span);
        }
        let Ty::Fun(ty) = self.ty(&function.ty) else {
            self.failed = true;
            return results.iter().map(|ty| Src::infer(self.fresh(ty.clone(), span))).collect();
        };
        // The closure is evaluated first, but lies on top of the arguments.
        let closure = self.value(function);
        let closure = self.saved(closure, function, args);
        let mut srcs = self.args(args);
        srcs.push(closure);
        let dsts: Vec<_> = results.iter().map(|ty| self.fresh(ty.clone(), span)).collect();
        self.emit(Op::CallClosure(ty), dsts.clone(), srcs, span);
        dsts.into_iter().map(Src::infer).collect()
    }

    /// Calls a function whose type arguments are already those of the host.
    fn call_resolved(&mut self, fun: FunId, targs: Vec<Ty>, args: &[TExp], results: &[Ty], span: Span) -> Vec<Src> {
        if let Some(name) = self.program.vector_instruction(fun) {
            let name = name.to_string();
            return self.vector_call(&name, &targs, args, results, span);
        }
        let srcs = self.args(args);
        let dsts: Vec<_> = results.iter().map(|ty| self.fresh(ty.clone(), span)).collect();
        self.emit(Op::Call(Callee::Declared(fun), targs), dsts.clone(), srcs, span);
        dsts.into_iter().map(Src::infer).collect()
    }

    // Expansion ----------------------------------------------------------------------------------

    fn give_up(&mut self, results: &[Ty], span: Span) -> Vec<Src> {
        self.failed = true;
        results.iter().map(|ty| Src::infer(self.fresh(ty.clone(), span))).collect()
    }

    fn expand(&mut self, fun: FunId, targs: Vec<Ty>, args: &[TExp], results: &[Ty], span: Span) -> Vec<Src> {
        let decl = self.program.fun(fun);
        let Some(Some(body)) = self.shared.bodies.get(&fun).cloned() else { return self.give_up(results, span) };
        if self.inline_stack.contains(&fun) {
            let names: Vec<String> =
                self.inline_stack.iter().map(|id| format!("`{}`", self.program.fun(*id).name)).collect();
            // Circles in the text were reported before; this one goes through lambdas.
            if self.program.errors() == 0 {
                self.program.report(
                    Diagnostic::new(Code::InlineCycle, span, format!("inline function `{}` calls itself", decl.name))
                        .also(decl.name_span, "declared here")
                        .note(format!("by way of {}", names.join(", "))),
                );
            }
            return self.give_up(results, span);
        }
        if self.inline_stack.len() >= INLINE_DEPTH_MAX {
            self.program.report(Diagnostic::new(
                Code::TooDeep,
                span,
                format!("inline functions are nested deeper than {INLINE_DEPTH_MAX} levels"),
            ));
            return self.give_up(results, span);
        }
        if self.function.inlined.len() > EXPANSIONS_MAX {
            if !self.failed {
                self.program.report(Diagnostic::new(
                    Code::Limit,
                    span,
                    format!("more than {EXPANSIONS_MAX} expansions of inline functions in one function"),
                ));
            }
            self.current = None;
            return self.give_up(results, span);
        }
        if !self.reachable() {
            return results.iter().map(|ty| Src::infer(self.fresh(ty.clone(), span))).collect();
        }
        let mut inline_stack = self.inline_stack.clone();
        inline_stack.push(fun);
        let callee =
            Frame { body: body.clone(), targs, bindings: vec![None; body.locals.len()], site: self.site, inline_stack };
        let bindings = self.bind_args(&body, args, &callee);
        self.frames.push(callee);
        let inner = self.frames.len() - 1;
        let (outer_frame, outer_site) = (self.frame, self.site);
        self.function.inlined.push((span, outer_site));
        self.site = self.function.inlined.len() as u32 - 1;
        self.frames[inner].site = self.site;
        self.frame = inner;
        for (local, binding) in bindings {
            self.bind(local, binding);
        }
        self.inline_stack.push(fun);
        let values = self.values(&body.exp);
        self.inline_stack.pop();
        self.frame = outer_frame;
        self.site = outer_site;
        self.padded(values, results, span)
    }

    /// After divergence there may be fewer values than types.
    fn padded(&mut self, mut values: Vec<Src>, results: &[Ty], span: Span) -> Vec<Src> {
        for ty in results.iter().skip(values.len()) {
            let temp = self.fresh(ty.clone(), span);
            values.push(Src::infer(temp));
        }
        values
    }

    /// What the parameters of an expanded function stand for.
    fn bind_args(&mut self, body: &Rc<crate::typed::Body>, args: &[TExp], callee: &Frame) -> Vec<(LocalId, Binding)> {
        let mut bindings = Vec::new();
        for (nth, (local, arg)) in body.params.iter().zip(args).enumerate() {
            let info = &body.locals[local.0 as usize];
            let mut ty = super::resolve(&info.ty, &body.solution).substitute_all(&callee.targs);
            if let Ty::Fun(fun) = &ty
                && let Some(binding) = self.function_binding(arg, fun)
            {
                bindings.push((*local, binding));
                continue;
            }
            // A function value keeps its abilities, which the parameter need not mention.
            if matches!(ty, Ty::Fun(_))
                && let own @ Ty::Fun(_) = self.ty(&arg.ty)
            {
                ty = own;
            }
            let untouched = !self.writes_in(body, *local);
            if untouched
                && let Some(value) = self.known(arg)
                && value.ty().is_primitive()
            {
                bindings.push((*local, Binding::Value(value)));
                continue;
            }
            if untouched
                && let TKind::Local(variable) = &arg.kind
                && let Some(Binding::Temp(temp)) = self.binding(*variable)
                && *self.temp_ty(temp) == ty
                && !args[nth + 1..].iter().any(|later| self.writes(later, *variable))
                && !args.iter().any(|other| matches!(other.kind, TKind::Lambda(_)) && self.writes(other, *variable))
                && !self.lambda_bound_args_write(args, *variable)
            {
                bindings.push((*local, Binding::Temp(temp)));
                continue;
            }
            let temp = self.temp(ty, Some(format!("{}${}", info.name, self.frames.len()).into()), arg.span);
            self.value_into(arg, temp);
            bindings.push((*local, Binding::Temp(temp)));
        }
        bindings
    }

    /// Whether an argument is a parameter bound to a lambda that writes the variable.
    fn lambda_bound_args_write(&self, args: &[TExp], variable: LocalId) -> bool {
        args.iter().any(|arg| match &arg.kind {
            TKind::Local(local) => match self.binding(*local) {
                // A lambda of another frame cannot name the variable, but may reach the same temporary.
                Some(Binding::Lambda(..)) => {
                    self.writes(arg, variable) || matches!(self.binding(variable), Some(Binding::Temp(_)))
                }
                _ => false,
            },
            _ => false,
        })
    }

    fn writes_in(&mut self, body: &Rc<crate::typed::Body>, local: LocalId) -> bool {
        // `writes` looks at variables of the current frame; a scratch frame stands for the callee's.
        let frame = Frame {
            body: body.clone(),
            targs: Vec::new(),
            bindings: vec![None; body.locals.len()],
            site: 0,
            inline_stack: Vec::new(),
        };
        self.frames.push(frame);
        let outer = std::mem::replace(&mut self.frame, self.frames.len() - 1);
        let writes = self.writes(&body.exp, local);
        self.frame = outer;
        self.frames.pop();
        writes
    }

    /// Lambdas and named functions are not evaluated, but stand for themselves.
    fn function_binding(&mut self, arg: &TExp, fun: &Rc<crate::types::FunTy>) -> Option<Binding> {
        match &arg.kind {
            TKind::Lambda(lambda) => Some(Binding::Lambda(lambda.clone(), self.frame, fun.clone())),
            TKind::FunValue(id, targs) => Some(Binding::Function(*id, self.tys(targs))),
            TKind::Local(local) => match self.binding(*local) {
                Some(binding @ (Binding::Lambda(..) | Binding::Function(..))) => Some(binding),
                _ => None,
            },
            TKind::Block(stmts, Some(tail)) if stmts.is_empty() => self.function_binding(tail, fun),
            TKind::Hole(_) => None,
            _ => None,
        }
    }

    fn expand_lambda(
        &mut self,
        lambda: &Rc<Lambda>,
        frame: usize,
        args: &[TExp],
        results: &[Ty],
        span: Span,
    ) -> Vec<Src> {
        let values = self.args(args);
        if !self.reachable() {
            return self.padded(Vec::new(), results, span);
        }
        let (outer_frame, outer_site) = (self.frame, self.site);
        self.frame = frame;
        // The body belongs to the place where the lambda was written.
        self.site = self.frames[frame].site;
        let outer_stack = std::mem::replace(&mut self.inline_stack, self.frames[frame].inline_stack.clone());
        let saved = self.frames[frame].bindings.clone();
        for (pattern, value) in lambda.params.iter().zip(values) {
            self.bind_pattern(pattern, value);
        }
        let out = self.values(&lambda.body);
        // A lambda may be expanded again inside of its own arguments: give the variables back.
        let (first, end) = lambda.locals;
        for index in first..end {
            let old = saved.get(index as usize).cloned().flatten();
            if let Some(slot) = self.frames[frame].bindings.get_mut(index as usize) {
                *slot = old;
            }
        }
        self.inline_stack = outer_stack;
        self.frame = outer_frame;
        self.site = outer_site;
        self.padded(out, results, span)
    }
}
