//! Any bytes to documents: nothing panics, places are places in the text, comments to the tool are found, a reader that
//! was used before reads the same, and so do the general functions where the loop for ordinary lines reads first.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use plimsoll::source::{Source, SourceId, Span};
use plimsoll::yaml::{self, Document, Reader};

thread_local! {
    static USED: std::cell::RefCell<Reader> = std::cell::RefCell::default();
}

fuzz_target!(|bytes: &[u8]| {
    let source = Arc::new(Source::new(SourceId(0), "x.yaml", bytes.to_vec()));
    let documents = yaml::documents(&source);
    let text = source.text();
    for document in &documents {
        let inside = |span: Span| {
            let range = span.start as usize..span.end as usize;
            assert!(text.get(range).is_some() && document.span.contains(span), "{span:?}");
        };
        for problem in &document.problems {
            inside(problem.span);
            // an anchor may stand in another document
            for (span, _) in problem.related.iter() {
                assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?}");
            }
        }
        if let Some(tree) = &document.tree {
            (0..tree.len() as u32).for_each(|at| inside(tree.node(at).span()));
            let _ = tree.root().to_json();
        }
        for comment in yaml::comments(&source, document) {
            inside(comment.span);
            assert!(source.slice(comment.span).starts_with('#'), "{comment:?}");
        }
        for remark in yaml::remarks(&source, document, "a") {
            inside(remark.span);
        }
    }
    let again = USED.with_borrow_mut(|reader| reader.documents(&source));
    assert_eq!(told(&documents), told(&again), "a reader that was used before");
    if std::str::from_utf8(bytes).is_ok() && !text.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}']) {
        let with = |head: &str| Arc::new(Source::new(SourceId(0), "x.yaml", format!("{head}{text}").into_bytes()));
        let [ordinary, general] = ["# \n", "#\r\n"].map(|head| told(&yaml::documents(&with(head))));
        assert_eq!(ordinary, general, "the loop for ordinary lines");
    }
});

fn told(documents: &[Document]) -> Vec<String> {
    let mut out = Vec::new();
    for document in documents {
        out.extend(document.problems.iter().map(|problem| format!("{problem:?}")));
        if let Some(tree) = &document.tree {
            let nodes = (0..tree.len() as u32).map(|at| tree.node(at));
            out.extend(
                nodes.map(|node| format!("{:?} {:?} {:?} {:?}", node.kind(), node.style(), node.span(), node.text())),
            );
        }
    }
    out
}
