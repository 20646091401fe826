//! A field as the API server names it, in a document: `spec.containers[0].image`, `metadata.labels[a.b/c]`, and the
//! paths of Go's decoder, which leave out the indexes of lists.

use plimsoll::source::Span;
use plimsoll::yaml::{Node, NodeKind};

/// The regions (key and value) that a path may mean, or those of the deepest parents that exist.
pub fn regions(root: Node<'_>, path: &str) -> Vec<Span> {
    let mut best = Best { depth: 0, regions: Vec::new() };
    follow(root, root.span(), &parts(path), 0, &mut best);
    best.regions
}

struct Best {
    depth: usize,
    regions: Vec<Span>,
}

impl Best {
    fn add(&mut self, depth: usize, region: Span) {
        if depth > self.depth {
            self.depth = depth;
            self.regions.clear();
        }
        if depth == self.depth {
            self.regions.push(region);
        }
    }
}

fn follow(node: Node<'_>, region: Span, parts: &[String], depth: usize, best: &mut Best) {
    best.add(depth, region);
    let Some((part, rest)) = parts.split_first() else { return };
    match node.kind() {
        NodeKind::Scalar => {}
        NodeKind::Mapping => {
            // a key with dots may stand without brackets
            let mut key = part.clone();
            let mut rest = rest;
            let mut taken = 1;
            loop {
                if let Some(entry) = node.entry(&key) {
                    let region = hull(entry.key.span(), entry.value.span());
                    return follow(entry.value, region, rest, depth + taken, best);
                }
                let Some((next, after)) = rest.split_first() else { return };
                key = format!("{key}.{next}");
                rest = after;
                taken += 1;
            }
        }
        NodeKind::Sequence => match part.parse::<usize>() {
            Ok(index) => {
                if let Some(item) = node.items().nth(index) {
                    follow(item, item.span(), rest, depth + 1, best);
                }
            }
            Err(_) => node.items().for_each(|item| follow(item, item.span(), parts, depth, best)),
        },
    }
}

fn hull(key: Span, value: Span) -> Span {
    if key.source == value.source && key.start <= value.start {
        Span::new(key.source, key.start, key.end.max(value.end))
    } else {
        // merged in from elsewhere
        value
    }
}

fn parts(path: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some(inner) = rest.strip_prefix('[') {
            let (part, after) = inner.split_once(']').unwrap_or((inner, ""));
            out.push(part.trim_matches('"').to_owned());
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            if !part.is_empty() {
                out.push(part.to_owned());
            }
            rest = after;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use plimsoll::source::{Source, SourceId};
    use plimsoll::yaml::documents;

    use super::*;

    fn found(text: &str, path: &str) -> Vec<String> {
        let source = Arc::new(Source::new(SourceId(0), "", text.as_bytes().to_vec()));
        let documents = documents(&source);
        let tree = documents[0].tree.as_ref().unwrap();
        regions(tree.root(), path).into_iter().map(|span| source.slice(span).to_owned()).collect()
    }

    #[test]
    fn fields_are_found_as_the_server_names_them() {
        let text = "m:\n  a.b/c: 1\nc:\n- n: 2\n  p: 3\n- n: 4\n";
        assert_eq!(found(text, "m[a.b/c]"), ["a.b/c: 1"]);
        assert_eq!(found(text, "m.a.b/c"), ["a.b/c: 1"]);
        assert_eq!(found(text, "c[1].n"), ["n: 4"]);
        assert_eq!(found(text, "c.n"), ["n: 2", "n: 4"]);
        assert_eq!(found(text, "c.p"), ["p: 3"]);
        assert_eq!(found(text, "c[0].q"), ["n: 2\n  p: 3"]);
    }
}
