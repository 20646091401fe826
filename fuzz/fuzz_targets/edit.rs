//! A change at a place of any document: nothing panics, nothing outside of the edit is touched, and what comes out is read
//! without more problems than before.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use plimsoll::finding::Segment;
use plimsoll::source::{Source, SourceId};
use plimsoll::yaml::{Change, Node, NodeKind, apply, documents, edit};
use serde_json::json;

fuzz_target!(|bytes: &[u8]| {
    let [place, what, rest @ ..] = bytes else { return };
    let source = Arc::new(Source::new(SourceId(0), "x.yaml", rest.to_vec()));
    let text = source.text();
    let values = [json!("plain"), json!("yes"), json!(7), json!({"k": ["v", {"m": null}]}), json!("one\ntwo\n"), json!([])];
    let value = values[usize::from(what >> 2) % values.len()].clone();
    let change = match what & 3 {
        0 => Change::Replace(value),
        1 => Change::Set("added".to_owned(), value),
        2 => Change::Push(value),
        _ => Change::Remove,
    };
    for document in documents(&source) {
        let Some(tree) = &document.tree else { continue };
        let path = path(tree.root(), usize::from(*place));
        let Ok(edit) = edit(tree, &path, &change) else { continue };
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        let after = apply(text, &edit);
        assert!(after.starts_with(&text[..start]) && after.ends_with(&text[end..]));
        let again = Arc::new(Source::new(SourceId(0), "x.yaml", after.into_bytes()));
        let count = |source: &Arc<Source>| documents(source).iter().map(|one| one.problems.len()).sum::<usize>();
        assert!(count(&again) <= count(&source), "{edit:?}");
    }
});

/// A way down the tree, chosen by a number.
fn path(root: Node<'_>, mut number: usize) -> Vec<Segment> {
    let mut path = Vec::new();
    let mut node = root;
    while number % 5 != 0 && path.len() < 12 {
        let (segment, next) = match node.kind() {
            NodeKind::Mapping => {
                let entries: Vec<_> = node.entries().collect();
                let Some(entry) = entries.get(number % entries.len().max(1)) else { break };
                (Segment::Key(entry.key.key_text().into_owned()), entry.value)
            }
            NodeKind::Sequence => {
                let count = node.items().count();
                let Some(item) = node.items().nth(number % count.max(1)) else { break };
                (Segment::Item(number % count.max(1), None), item)
            }
            NodeKind::Scalar => break,
        };
        path.push(segment);
        node = next;
        number /= 2;
    }
    path
}
