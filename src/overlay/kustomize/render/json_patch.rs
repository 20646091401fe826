//! JSON patches (RFC 6902) on a draft, with the leniency of the library that Kustomize uses.

use std::sync::Arc;

use crate::source::Span;
use crate::yaml::{Content, Draft, Grounds, Key, Step};

use super::replace::is_heavy;

/// What cannot be applied.
pub(super) struct Refusal {
    pub message: String,
    pub place: Span,
}

type Done<T> = Result<T, Refusal>;

/// Applies all operations of a patch, a list.
pub(super) fn apply(root: &mut Arc<Draft>, patch: &Draft, entry: Span, grounds: &Grounds) -> Done<()> {
    for operation in patch.items() {
        one(root, operation, entry, grounds)?;
    }
    Ok(())
}

fn one(root: &mut Arc<Draft>, operation: &Draft, entry: Span, grounds: &Grounds) -> Done<()> {
    let place = operation.origin.written;
    let refuse = |message: String| Refusal { message, place };
    let text = |key: &str| operation.get(key).and_then(|value| value.as_text());
    let Some(path) = text("path") else { return Err(refuse("an operation without a `path`".to_owned())) };
    let parts = pointer(path);
    if !path.is_empty() && !path.starts_with('/') {
        return Err(refuse(format!("`{path}` does not begin with `/`")));
    }
    // where it goes is written at the path
    let paths = ["from", "path"].into_iter().filter_map(|key| Some(operation.get(key)?.origin.written));
    let step = Step { what: "patches", entry, grounds: grounds.and(paths) };
    let nothing = || {
        let content = Content::Scalar("null".into(), crate::yaml::Type::Null);
        Arc::new(Draft { content, origin: operation.origin.clone() })
    };
    let value = || {
        let mut value = operation.get("value").cloned().unwrap_or_else(nothing);
        value.note(&step);
        value
    };
    let missing = |path: &str| refuse(format!("`{path}` is not in the object that is patched"));
    let from = || text("from").map(pointer).ok_or_else(|| refuse("an operation without `from`".to_owned()));
    match text("op") {
        Some("add") => {
            let value = value();
            add(root, &parts, place, value).ok_or_else(|| missing(path))
        }
        Some("replace") => {
            let value = value();
            if let Some(slot) = find(root, &parts) {
                *slot = value;
                return Ok(());
            }
            // a key that is not there is added, as the library does; an item of a list is not
            let above = parts.split_last().map_or(&[][..], |(_, above)| above);
            match find(root, above).map(|parent| matches!(parent.content, Content::Mapping(_))) {
                Some(true) => add(root, &parts, place, value).ok_or_else(|| missing(path)),
                _ => Err(missing(path)),
            }
        }
        Some("remove") => remove(root, &parts).map(|_| ()).ok_or_else(|| missing(path)),
        Some("move") => {
            let mut value = remove(root, &from()?).ok_or_else(|| missing(path))?;
            value.note(&step);
            add(root, &parts, place, value).ok_or_else(|| missing(path))
        }
        Some("copy") => {
            let from = from()?;
            let above = from.split_last().map_or(&[][..], |(_, above)| above);
            let mut value = match find(root, &from).cloned() {
                Some(value) => value,
                // the library takes a key that is not there for null
                None if find(root, above).is_some_and(|above| matches!(above.content, Content::Mapping(_))) => {
                    nothing()
                }
                None => return Err(missing(path)),
            };
            if is_heavy(&value) {
                return Err(refuse("a value of more than 4 MiB".to_owned()));
            }
            value.note(&step);
            add(root, &parts, place, value).ok_or_else(|| missing(path))
        }
        Some("test") => {
            let want = operation.get("value");
            let same = match (find(root, &parts), want) {
                (Some(found), Some(want)) => equal(found, want),
                (None, want) => want.is_none_or(|want| want.is_null()),
                (Some(found), None) => found.is_null(),
            };
            if same { Ok(()) } else { Err(refuse(format!("the test of `{path}` fails"))) }
        }
        other => Err(refuse(format!("`{}` is no operation of a JSON patch", other.unwrap_or("")))),
    }
}

fn pointer(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
}

fn index(part: &str, len: usize) -> Option<usize> {
    let at: i64 = part.parse().ok()?;
    let at = if at < 0 { at + i64::try_from(len).ok()? } else { at };
    usize::try_from(at).ok()
}

fn find<'d>(node: &'d mut Arc<Draft>, path: &[String]) -> Option<&'d mut Arc<Draft>> {
    let Some((first, rest)) = path.split_first() else { return Some(node) };
    let draft = Arc::make_mut(node);
    match &mut draft.content {
        Content::Mapping(entries) => {
            find(entries.iter_mut().find(|(key, _)| &*key.text == first.as_str()).map(|(_, value)| value)?, rest)
        }
        Content::Sequence(items) => {
            let at = index(first, items.len())?;
            find(items.get_mut(at)?, rest)
        }
        Content::Scalar(..) => None,
    }
}

fn add(root: &mut Arc<Draft>, path: &[String], place: Span, value: Arc<Draft>) -> Option<()> {
    let Some((last, above)) = path.split_last() else {
        *root = value;
        return Some(());
    };
    let parent = Arc::make_mut(find(root, above)?);
    match &mut parent.content {
        Content::Mapping(entries) => match entries.iter_mut().find(|(key, _)| &*key.text == last.as_str()) {
            Some((_, slot)) => *slot = value,
            None => entries.push((Key { text: last.as_str().into(), at: place }, value)),
        },
        Content::Sequence(items) => {
            let at = if last == "-" { items.len() } else { index(last, items.len() + 1)? };
            if at > items.len() {
                return None;
            }
            items.insert(at, value);
        }
        Content::Scalar(..) => return None,
    }
    Some(())
}

fn remove(root: &mut Arc<Draft>, path: &[String]) -> Option<Arc<Draft>> {
    let (last, above) = path.split_last()?;
    let parent = Arc::make_mut(find(root, above)?);
    match &mut parent.content {
        Content::Mapping(_) => parent.remove(last),
        Content::Sequence(items) => {
            let at = index(last, items.len()).filter(|at| *at < items.len())?;
            Some(items.remove(at))
        }
        Content::Scalar(..) => None,
    }
}

/// Whether two drafts hold the same.
pub(super) fn equal(a: &Draft, b: &Draft) -> bool {
    match (&a.content, &b.content) {
        (Content::Scalar(..), Content::Scalar(..)) => a.scalar() == b.scalar(),
        (Content::Mapping(x), Content::Mapping(y)) => {
            x.len() == y.len() && x.iter().all(|(key, value)| b.get(&key.text).is_some_and(|other| equal(value, other)))
        }
        (Content::Sequence(x), Content::Sequence(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| equal(x, y)),
        _ => false,
    }
}
