//! From the path that a policy names to the bytes that someone wrote.

use std::borrow::Cow;

use regorus::Value;

use crate::check::Target;
use crate::finding::{Pointer, Segment};
use crate::kube::Resource;
use crate::source::Span;
use crate::yaml::NodeKind;

use super::input::Around;

/// A place that was found.
pub(super) struct Place {
    pub span: Span,
    pub pointer: Pointer,
    /// Whether the whole path exists.
    pub complete: bool,
    /// Whether another tool fills the value in.
    pub unknowable: bool,
}

/// Follows a path into `input`: `object`, or `related`, a list and an index; then the object's own fields. Nothing when
/// it leads nowhere.
pub(super) fn find(at: &Value, target: &Target<'_>, around: &Around) -> Option<Place> {
    let Target::Resource { resource, others, .. } = target else { return None };
    let steps = segments(at)?;
    let (object, rest): (Cow<'_, Resource>, &[Segment]) = match steps.as_slice() {
        [Segment::Key(first), rest @ ..] if first == "object" => (Cow::Borrowed(resource), rest),
        [Segment::Key(first), Segment::Key(list), Segment::Item(index, _), rest @ ..] if first == "related" => {
            (Cow::Owned(others(*around.list(list).get(*index)?)?), rest)
        }
        _ => (Cow::Borrowed(resource), &[]),
    };
    Some(locate(&object, rest))
}

/// A path in an object; its root is shown by its name.
pub(super) fn locate(object: &Resource, path: &[Segment]) -> Place {
    let root = object.node();
    let found = root.find(path);
    let span = if found.depth == 0 {
        root.at(&["metadata", "name"])
            .or_else(|| root.get("kind"))
            .filter(|node| node.kind() == NodeKind::Scalar)
            .map_or_else(|| root.handle(), |node| node.span())
    } else {
        found.place()
    };
    Place { span, pointer: root.named(path), complete: found.complete, unknowable: found.node.is_unknowable() }
}

/// A path as a list of keys and indexes, or as a JSON pointer.
fn segments(at: &Value) -> Option<Vec<Segment>> {
    let step = |text: &str| match text.parse::<usize>() {
        Ok(index) => Segment::Item(index, None),
        Err(_) => Segment::Key(text.to_owned()),
    };
    match at {
        Value::Array(steps) => steps
            .iter()
            .map(|one| match one {
                Value::String(key) => Some(Segment::Key(key.to_string())),
                Value::Number(_) => Some(Segment::Item(usize::try_from(one.as_u64().ok()?).ok()?, None)),
                _ => None,
            })
            .collect(),
        Value::String(pointer) => {
            Some(pointer.split('/').skip(1).map(|part| step(&part.replace("~1", "/").replace("~0", "~"))).collect())
        }
        _ => None,
    }
}
