//! Puts the values of Flux' variables into the objects that a build yields. Flux writes each object as YAML, puts them into that
//! text and reads it again, so quotes in the files count for nothing and `${N}` may become a number. Here that is done scalar by
//! scalar, and a value keeps the place where it was written. Leaves out values that would change the text around them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::overlay::envsubst::{Unreadable, is_meant, substitute};
use crate::overlay::{Addition, Variable, Variables};
use crate::source::{Source, SourceId, Span};
use crate::yaml::{Content, Draft, Grounds, Key, Node, Origin, Reading, SUBSTITUTED, Step, Type, documents, emit};

use super::Rendered;

/// What leaves an object as it is.
const MARK: &str = "kustomize.toolkit.fluxcd.io/substitute";

/// Why a variable was not put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// Nothing defines it.
    Undefined(String),
    /// Flux cannot read what stands there.
    Unreadable(Unreadable),
    /// What it yields is no YAML, or something else than one value.
    NoValue(String),
}

/// A place where a variable was not put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Where.
    pub place: Span,
    /// Why.
    pub why: Missed,
}

impl Rendered {
    /// The object with the values of variables, and what could not be put in.
    #[must_use]
    pub fn substituted(&self, variables: &Variables) -> (Self, Vec<Gap>) {
        let marks = ["annotations", "labels"].map(|list| self.draft.at(&["metadata", list, MARK]));
        if marks.into_iter().flatten().any(|mark| mark.as_text() == Some("disabled")) || !holds(&self.draft) {
            return (self.clone(), Vec::new());
        }
        let mut filling = Filling { variables, gaps: Vec::new(), open: false };
        let mut draft = Arc::clone(&self.draft);
        filling.node(&mut draft);
        let mut gaps = filling.gaps;
        // a brace that one text opens another may close
        let refused = |gap: &Gap| matches!(gap.why, Missed::Unreadable(_));
        if gaps.iter().any(refused) && self.is_readable(variables) {
            gaps.retain(|gap| !refused(gap));
        }
        (Self { draft }, gaps)
    }

    fn is_readable(&self, variables: &Variables) -> bool {
        substitute(&emit(&self.draft, &mut |_, _| {}), &|name| variables.known(name)).is_ok()
    }

    /// The object with the labels and annotations that a Flux Kustomization puts on all of them.
    #[must_use]
    pub fn labelled(&self, added: &Addition) -> Self {
        let mut draft = Arc::clone(&self.draft);
        for field in ["labels", "annotations"] {
            for entry in added.node().at(&["commonMetadata", field]).into_iter().flat_map(Node::entries) {
                let at = entry.value.span();
                let origin = Origin::said("commonMetadata", at, &Grounds::default());
                let root = Arc::make_mut(&mut draft);
                let made = || Draft::mapping(Origin::made("commonMetadata", at));
                if root.get("metadata").is_none() {
                    root.set("metadata", at, made());
                }
                let Some(meta) = root.get_mut("metadata").map(Arc::make_mut) else { continue };
                if meta.get(field).is_none_or(|map| map.is_null()) {
                    meta.set(field, at, made());
                }
                if let Some(map) = meta.get_mut(field) {
                    let text = entry.value.text().unwrap_or("");
                    Arc::make_mut(map).set(&entry.key.key_text(), at, Draft::text(text, origin));
                }
            }
        }
        Self { draft }
    }
}

/// Whether there is anything to put in; most objects have nothing.
fn holds(draft: &Draft) -> bool {
    match &draft.content {
        Content::Scalar(text, kind) => *kind == Type::Str && is_meant(text),
        Content::Mapping(entries) => entries.iter().any(|(key, value)| is_meant(&key.text) || holds(value)),
        Content::Sequence(items) => items.iter().any(|item| holds(item)),
    }
}

struct Filling<'v> {
    variables: &'v Variables,
    gaps: Vec<Gap>,
    /// Whether something of the last text stays as it is written.
    open: bool,
}

impl Filling<'_> {
    fn node(&mut self, node: &mut Arc<Draft>) {
        if !holds(node) {
            return;
        }
        if let Content::Scalar(..) = &node.content {
            if let Some(new) = self.scalar(node) {
                *node = new;
            }
            return;
        }
        match &mut Arc::make_mut(node).content {
            Content::Scalar(..) => {}
            Content::Sequence(items) => items.iter_mut().for_each(|item| self.node(item)),
            Content::Mapping(entries) => {
                let mut renamed = false;
                // in the order in which Flux writes them: of two that become one key the later holds
                if entries.iter().any(|(key, _)| is_meant(&key.text)) {
                    entries.sort_by(|(a, _), (b, _)| a.text.cmp(&b.text));
                }
                for (key, value) in entries.iter_mut() {
                    if is_meant(&key.text)
                        && let Some(text) = self.key(key)
                    {
                        key.text = text;
                        renamed = true;
                    }
                    self.node(value);
                }
                if renamed {
                    let mut seen = BTreeSet::new();
                    entries.reverse();
                    entries.retain(|(key, _)| seen.insert(Arc::clone(&key.text)));
                    entries.reverse();
                }
            }
        }
    }

    /// The value that a scalar becomes; nothing where it stays as it is.
    fn scalar(&mut self, node: &Arc<Draft>) -> Option<Arc<Draft>> {
        let key = Key { text: "v".into(), at: node.origin.written };
        let holder = Draft { content: Content::Mapping(vec![(key, Arc::clone(node))]), origin: node.origin.clone() };
        let (text, used) = self.text(&emit(&holder, &mut |_, _| {}), node.origin.written)?;
        let new = self.read(&text, node.origin.written)?;
        let whole = node.as_text().and_then(|text| text.strip_prefix("${")?.strip_suffix('}'));
        let values: Vec<&Variable> = used.iter().filter_map(|name| self.variables.get(name)).collect();
        Some(traced(new, &node.origin, whole.is_some_and(|name| used == [name]), &values))
    }

    fn key(&mut self, key: &Key) -> Option<Arc<str>> {
        let value = Arc::new(Draft { content: Content::Scalar("".into(), Type::Null), origin: Origin::at(key.at) });
        let holder = Draft { content: Content::Mapping(vec![(key.clone(), value)]), origin: Origin::at(key.at) };
        let (text, _) = self.text(&emit(&holder, &mut |_, _| {}), key.at)?;
        let read = parse(&text).and_then(|draft| match draft.entries() {
            [(key, value)] if value.is_null() => Some(Arc::clone(&key.text)),
            _ => None,
        });
        if read.is_none() && !self.open {
            self.gaps.push(Gap { place: key.at, why: Missed::NoValue(text.trim_end().to_owned()) });
        }
        read
    }

    /// A text with its values, and the names of those.
    fn text(&mut self, text: &str, place: Span) -> Option<(String, Vec<String>)> {
        match substitute(text, &|name| self.variables.known(name)) {
            Err(why) => {
                self.gaps.push(Gap { place, why: Missed::Unreadable(why) });
                None
            }
            Ok(made) => {
                let undefined = made.undefined.into_iter();
                let told = self.gaps.len();
                self.gaps.extend(undefined.map(|name| Gap { place, why: Missed::Undefined(name) }));
                self.open = made.open || self.gaps.len() > told;
                (made.text != text).then_some((made.text, made.used))
            }
        }
    }

    /// What stands behind the key when the text is read again.
    fn read(&mut self, text: &str, place: Span) -> Option<Draft> {
        let read = parse(text).and_then(|draft| match draft.entries() {
            [(key, value)] if &*key.text == "v" => Some(Draft::clone(value)),
            _ => None,
        });
        if read.is_none() && !self.open {
            let shown = text.trim_start_matches("v:").trim();
            self.gaps.push(Gap { place, why: Missed::NoValue(shown.to_owned()) });
        }
        read
    }
}

/// The one document of a text, as Flux reads it.
fn parse(text: &str) -> Option<Arc<Draft>> {
    let source = Arc::new(Source::new(SourceId(0), "", text.as_bytes().to_vec()));
    let documents = documents(&source);
    match documents.as_slice() {
        [one] if !one.problems.iter().any(crate::yaml::Problem::is_fatal) => {
            Some(Draft::of(one.tree.as_ref()?.root(), Reading::Kubernetes, &|span| (span, false)))
        }
        _ => None,
    }
}

/// What was read with the origin of what it was made of: `whole` says that all of it is the value of a variable.
fn traced(mut draft: Draft, origin: &Origin, whole: bool, used: &[&Variable]) -> Arc<Draft> {
    let same_type = matches!(draft.content, Content::Scalar(_, Type::Str));
    draft.origin = match used.first().filter(|_| whole && same_type) {
        Some(value) => {
            let mut new = Origin::at(value.place);
            new.exact = value.exact;
            new.parts = origin.places().collect();
            let grounds = Grounds::of(origin.grounds());
            new.steps.push(Step { what: SUBSTITUTED, entry: origin.written, grounds });
            new
        }
        None => {
            let mut new = origin.clone();
            new.exact = false;
            for value in used {
                new.changed(SUBSTITUTED, value.place, &Grounds::default());
            }
            new
        }
    };
    let inner = |part: &mut Arc<Draft>| *part = traced(Draft::clone(part), origin, false, used);
    match &mut draft.content {
        Content::Scalar(..) => {}
        Content::Mapping(entries) => {
            for (key, value) in entries {
                key.at = origin.written;
                inner(value);
            }
        }
        Content::Sequence(items) => items.iter_mut().for_each(inner),
    }
    Arc::new(draft)
}
