//! Following a field spec into an object: through lists, creating what is missing when it says so.

use std::sync::Arc;

use crate::source::Span;
use crate::yaml::{Content, Draft, Origin};

use super::object::Object;
use super::specs::FieldSpec;

/// How many parts a path may have: nothing real has as many, and each one that is made nests deeper.
pub(super) const MAX_PATH: usize = 256;

/// What to make where a field is missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Make {
    Nothing,
    Scalar,
    Mapping,
}

/// Why a field cannot be reached: something on the way is no mapping, or the way is too long.
pub(super) struct NoWay(pub Option<Span>);

/// Calls `set` with every node that a spec leads to.
pub(super) fn apply(
    object: &mut Object,
    spec: &FieldSpec,
    make: Make,
    entry: Span,
    set: &mut dyn FnMut(&mut Arc<Draft>),
) -> Result<(), NoWay> {
    if !object.gvk().is_selected(&spec.gvk) {
        return Ok(());
    }
    if spec.path.len() > MAX_PATH {
        return Err(NoWay(None));
    }
    let make = if spec.create { make } else { Make::Nothing };
    if make == Make::Nothing && !leads(&object.root, &spec.path)? {
        return Ok(());
    }
    walk(&mut object.root, &spec.path, make, entry, set)
}

/// Whether there is anything at the end of a path. Nothing is copied to find out.
fn leads(node: &Draft, path: &[String]) -> Result<bool, NoWay> {
    let mut any = false;
    look(node, path, &mut |_| any = true)?;
    Ok(any)
}

/// Shows every node at the end of a path.
pub(super) fn look(node: &Draft, path: &[String], see: &mut dyn FnMut(&Draft)) -> Result<(), NoWay> {
    let Some((first, rest)) = path.split_first() else {
        see(node);
        return Ok(());
    };
    match &node.content {
        _ if node.is_null() => Ok(()),
        Content::Sequence(items) => items.iter().try_for_each(|item| look(item, path, see)),
        Content::Mapping(_) => {
            let name = first.strip_suffix("[]").unwrap_or(first);
            node.get(name).map_or(Ok(()), |next| look(next, rest, see))
        }
        Content::Scalar(..) => Err(NoWay(Some(node.origin.written))),
    }
}

fn walk(
    node: &mut Arc<Draft>,
    path: &[String],
    make: Make,
    entry: Span,
    set: &mut dyn FnMut(&mut Arc<Draft>),
) -> Result<(), NoWay> {
    let Some((first, rest)) = path.split_first() else {
        set(node);
        return Ok(());
    };
    if node.is_null() {
        return Ok(());
    }
    let name = first.strip_suffix("[]").unwrap_or(first);
    let listed = name.len() != first.len();
    let draft = Arc::make_mut(node);
    match &mut draft.content {
        Content::Sequence(items) => {
            for item in items {
                walk(item, path, make, entry, set)?;
            }
            Ok(())
        }
        Content::Mapping(_) => {
            let missing = draft.get(name).is_none_or(|found| found.is_null());
            if missing && !listed && make != Make::Nothing {
                let made = Origin::made("created", entry);
                let last = rest.is_empty();
                let new = if last && make == Make::Scalar { Draft::text("", made) } else { Draft::mapping(made) };
                draft.set(name, entry, new);
            }
            match draft.get_mut(name) {
                Some(next) => walk(next, rest, make, entry, set),
                None => Ok(()),
            }
        }
        Content::Scalar(..) => Err(NoWay(Some(node.origin.written))),
    }
}
