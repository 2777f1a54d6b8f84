//! Whether the arms of a `match` cover everything, and whether each can be reached.
//!
//! The usual usefulness recursion over a matrix of patterns, one column specialised at a time.
//! Source: Maranget, "Warnings for pattern matching" (2007).

use crate::{
    codes::Code,
    diagnostics::Diagnostic,
    program::Program,
    source::Span,
    typed::{TArm, TPat, TPattern},
    types::{StructId, Ty, Value},
    typing::pattern_order,
};
use ruint::aliases::U256;

/// Work beyond this is not done; the match then counts as exhaustive and aborts at run time if it is not.
const STEPS_MAX: usize = 200_000;

/// Signed number with the order of integers.
type Point = (bool, U256);

#[derive(Debug, Clone, PartialEq)]
enum Con {
    Variant(StructId, usize),
    Tuple(usize),
    Bool(bool),
    /// Both ends included, as [`pattern_order`] keys.
    Range(Point, Point),
    Bytes(Vec<u8>),
}

#[derive(Debug, Clone)]
enum Pat {
    Wild,
    Con(Con, Vec<Pat>),
}

struct Search<'p> {
    program: &'p Program,
    steps: usize,
}

/// Reports uncovered values and unreachable arms.
pub(crate) fn check(program: &Program, ty: &Ty, arms: &[TArm], span: Span) {
    let mut search = Search { program, steps: 0 };
    let mut rows: Vec<Vec<Pat>> = Vec::new();
    for arm in arms {
        if has_error(&arm.pattern) {
            return;
        }
        let row = vec![search.simplify(&arm.pattern)];
        if search.useful(&rows, &row).is_none() && search.steps < STEPS_MAX {
            program.report(Diagnostic::new(
                Code::Unreachable,
                arm.pattern.span,
                "earlier arms match everything that this arm matches",
            ));
        }
        if arm.guard.is_none() {
            rows.push(row);
        }
    }
    if arms.is_empty() || matches!(ty, Ty::Error) {
        return;
    }
    if let Some(witness) = search.useful(&rows, &[Pat::Wild])
        && search.steps < STEPS_MAX
    {
        let text: Vec<String> = witness.iter().map(|pat| search.show(pat)).collect();
        program.report(
            Diagnostic::new(Code::NotExhaustive, span, format!("the match does not cover `{}`", text.join(", ")))
                .note("add an arm for it, or `_ => ..`"),
        );
    }
}

fn has_error(pattern: &TPattern) -> bool {
    match &pattern.kind {
        TPat::Error => true,
        TPat::Struct(_, _, _, fields, _) => fields.iter().any(|(_, pattern)| has_error(pattern)),
        TPat::Tuple(items) => items.iter().any(has_error),
        TPat::Wild | TPat::Local(_) | TPat::Value(_) | TPat::Range(..) | TPat::Place(_) => false,
    }
}

impl Search<'_> {
    fn simplify(&self, pattern: &TPattern) -> Pat {
        match &pattern.kind {
            TPat::Error | TPat::Wild | TPat::Local(_) | TPat::Place(_) => Pat::Wild,
            TPat::Tuple(items) => {
                Pat::Con(Con::Tuple(items.len()), items.iter().map(|item| self.simplify(item)).collect())
            }
            TPat::Struct(id, variant, _, fields, _) => {
                let count = self.arity(&Con::Variant(*id, *variant));
                let mut subs = vec![Pat::Wild; count];
                for (nth, field) in fields {
                    subs[*nth] = self.simplify(field);
                }
                Pat::Con(Con::Variant(*id, *variant), subs)
            }
            TPat::Value(Value::Bool(value)) => Pat::Con(Con::Bool(*value), Vec::new()),
            TPat::Value(Value::Int(negative, magnitude, _)) => {
                let key = pattern_order((*negative, *magnitude));
                Pat::Con(Con::Range(key, key), Vec::new())
            }
            TPat::Value(value) => {
                let mut bytes = Vec::new();
                value.encode(&mut bytes);
                Pat::Con(Con::Bytes(bytes), Vec::new())
            }
            TPat::Range(low, high) => Pat::Con(Con::Range(pattern_order(*low), pattern_order(*high)), Vec::new()),
        }
    }

    fn arity(&self, con: &Con) -> usize {
        match con {
            Con::Variant(id, variant) => self.program.strukt(*id).variants.get(*variant).map_or(0, |v| v.fields.len()),
            Con::Tuple(count) => *count,
            Con::Bool(_) | Con::Range(..) | Con::Bytes(_) => 0,
        }
    }

    /// A vector of values that `row` matches and no row of `rows` does.
    fn useful(&mut self, rows: &[Vec<Pat>], row: &[Pat]) -> Option<Vec<Pat>> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return None;
        }
        let Some((first, rest)) = row.split_first() else {
            return if rows.is_empty() { Some(Vec::new()) } else { None };
        };
        let columns: Vec<Con> = rows.iter().filter_map(|row| head(row)).chain(head(row)).cloned().collect();
        if columns.is_empty() {
            let rows: Vec<Vec<Pat>> = rows.iter().map(|row| row[1..].to_vec()).collect();
            return self.useful(&rows, rest).map(|witness| prepend(Pat::Wild, witness));
        }
        let (candidates, complete) = self.constructors(&columns);
        for con in candidates {
            if let Pat::Con(own, _) = first
                && !covers(own, &con)
            {
                continue;
            }
            let arity = self.arity(&con);
            let special: Vec<Vec<Pat>> = rows.iter().filter_map(|row| specialise(row, &con, arity)).collect();
            let Some(mine) = specialise(row, &con, arity) else { continue };
            if let Some(mut witness) = self.useful(&special, &mine) {
                let rest = witness.split_off(arity);
                return Some(prepend(Pat::Con(con, witness), rest));
            }
        }
        if !complete && matches!(first, Pat::Wild) {
            let rows: Vec<Vec<Pat>> =
                rows.iter().filter(|row| matches!(row[0], Pat::Wild)).map(|row| row[1..].to_vec()).collect();
            return self.useful(&rows, rest).map(|witness| prepend(Pat::Wild, witness));
        }
        None
    }

    /// The constructors to try for a column, and whether they are all there are.
    fn constructors(&self, columns: &[Con]) -> (Vec<Con>, bool) {
        match &columns[0] {
            Con::Variant(id, _) => {
                ((0..self.program.strukt(*id).variants.len()).map(|variant| Con::Variant(*id, variant)).collect(), true)
            }
            Con::Tuple(count) => (vec![Con::Tuple(*count)], true),
            Con::Bool(_) => (vec![Con::Bool(false), Con::Bool(true)], true),
            Con::Bytes(_) => {
                let mut seen: Vec<Con> = Vec::new();
                for con in columns {
                    if !seen.contains(con) {
                        seen.push(con.clone());
                    }
                }
                (seen, false)
            }
            Con::Range(..) => {
                // Cut the number line where any range begins or ends.
                let mut starts: Vec<Point> = Vec::new();
                for con in columns {
                    if let Con::Range(low, high) = con {
                        starts.push(*low);
                        if let Some(next) = after(*high) {
                            starts.push(next);
                        }
                    }
                }
                starts.sort_unstable();
                starts.dedup();
                let mut pieces = Vec::new();
                for (nth, low) in starts.iter().enumerate() {
                    let high = starts.get(nth + 1).and_then(|next| before(*next)).unwrap_or((true, U256::MAX));
                    let piece = Con::Range(*low, high);
                    if columns.iter().any(|con| covers(con, &piece)) {
                        pieces.push(piece);
                    }
                }
                let complete = self.covers_line(&pieces);
                (pieces, complete)
            }
        }
    }

    /// Whether ranges, in order and disjoint, leave no gap from the least to the greatest value of some integer type.
    fn covers_line(&self, pieces: &[Con]) -> bool {
        let mut expected: Option<Point> = None;
        for piece in pieces {
            let Con::Range(low, high) = piece else { return false };
            if expected.is_some_and(|next| next != *low) {
                return false;
            }
            expected = after(*high);
            if expected.is_none() {
                break;
            }
        }
        let (Some(Con::Range(first, _)), Some(Con::Range(_, last))) = (pieces.first(), pieces.last()) else {
            return false;
        };
        crate::types::IntTy::ALL.into_iter().any(|int| {
            *first == pattern_order((int.is_signed(), int.min_magnitude()))
                && *last == pattern_order((false, int.max()))
        })
    }

    fn show(&self, pat: &Pat) -> String {
        let Pat::Con(con, subs) = pat else { return "_".into() };
        let subs: Vec<String> = subs.iter().map(|sub| self.show(sub)).collect();
        match con {
            Con::Tuple(_) => format!("({})", subs.join(", ")),
            Con::Bool(value) => value.to_string(),
            Con::Range((true, low), (true, high)) if low == high => low.to_string(),
            Con::Range(..) => "_".into(),
            Con::Bytes(_) => "_".into(),
            Con::Variant(id, variant) => {
                let decl = self.program.strukt(*id);
                let shape = &decl.variants[*variant];
                let name = if decl.is_enum { format!("{}::{}", decl.name, shape.name) } else { shape.name.to_string() };
                if subs.is_empty() {
                    name
                } else if subs.iter().all(|sub| sub == "_") {
                    if shape.positional { format!("{name}(..)") } else { format!("{name}{{..}}") }
                } else if shape.positional {
                    format!("{name}({})", subs.join(", "))
                } else {
                    let fields: Vec<String> =
                        shape.fields.iter().zip(&subs).map(|(field, sub)| format!("{}: {sub}", field.name)).collect();
                    format!("{name}{{{}}}", fields.join(", "))
                }
            }
        }
    }
}

fn head(row: &[Pat]) -> Option<&Con> {
    match row.first() {
        Some(Pat::Con(con, _)) => Some(con),
        _ => None,
    }
}

fn prepend(first: Pat, rest: Vec<Pat>) -> Vec<Pat> {
    let mut all = vec![first];
    all.extend(rest);
    all
}

/// Whether every value of `inner` belongs to `outer`.
fn covers(outer: &Con, inner: &Con) -> bool {
    match (outer, inner) {
        (Con::Range(a, b), Con::Range(c, d)) => a <= c && d <= b,
        _ => outer == inner,
    }
}

fn specialise(row: &[Pat], con: &Con, arity: usize) -> Option<Vec<Pat>> {
    let mut out = match &row[0] {
        Pat::Wild => vec![Pat::Wild; arity],
        Pat::Con(own, subs) if covers(own, con) => subs.clone(),
        Pat::Con(..) => return None,
    };
    out.extend_from_slice(&row[1..]);
    Some(out)
}

fn after((positive, value): Point) -> Option<Point> {
    match value.checked_add(U256::ONE) {
        Some(next) => Some((positive, next)),
        None if positive => None,
        None => Some((true, U256::ZERO)),
    }
}

fn before((positive, value): Point) -> Option<Point> {
    match value.checked_sub(U256::ONE) {
        Some(previous) => Some((positive, previous)),
        None if positive => Some((false, U256::MAX)),
        None => None,
    }
}
