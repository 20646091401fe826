//! Which objects an entry means: regular expressions on their names, selectors on their labels.

use regex::Regex;

use crate::source::Span;
use crate::yaml::{Draft, Grounds, Node};

use super::object::{Gvk, Object};
use super::problem::{Problem, Reason};

/// The `target` of a patch, or the `select` of a replacement.
pub(super) struct Selector {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: Vec<Term>,
    annotations: Vec<Term>,
    pub is_named: bool,
    /// Where all this is written.
    said: Vec<Span>,
}

enum Term {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Has(String),
    Lacks(String),
}

impl Selector {
    pub fn read(node: Node<'_>) -> Result<Self, Problem> {
        let expression = |key: &str| -> Result<Option<Regex>, Problem> {
            let Some(value) = node.at(&[key]) else { return Ok(None) };
            let text = value.as_str().unwrap_or("");
            if text.is_empty() {
                return Ok(None);
            }
            Regex::new(&format!("^(?:{text})$")).map(Some).map_err(|_| {
                let message = format!("`{text}` is no regular expression, so nothing can be selected by it");
                Problem::new(Reason::Refused, value.span(), message)
            })
        };
        let terms = |key: &str| -> Result<Vec<Term>, Problem> {
            let Some(value) = node.at(&[key]) else { return Ok(Vec::new()) };
            parse(value.as_str().unwrap_or("")).ok_or_else(|| {
                Problem::new(
                    Reason::Refused,
                    value.span(),
                    format!("`{key}` is no selector such as `app=web,tier!=db`"),
                )
            })
        };
        Ok(Self {
            group: expression("group")?,
            version: expression("version")?,
            kind: expression("kind")?,
            name: expression("name")?,
            namespace: expression("namespace")?,
            labels: terms("labelSelector")?,
            annotations: terms("annotationSelector")?,
            is_named: node.at(&["name"]).is_some(),
            said: super::said(node),
        })
    }

    pub fn selects(&self, object: &Object) -> bool {
        let (now, first) = (object.id(), object.original());
        let matches = |expression: &Option<Regex>, text: &str| expression.as_ref().is_none_or(|one| one.is_match(text));
        (matches(&self.namespace, first.space()) || matches(&self.namespace, now.space()))
            && (matches(&self.name, &first.name) || matches(&self.name, &now.name))
            && self.is_kind(&now.gvk)
            && self.is_labelled(object)
    }

    /// What says that it selects an object: all that is asked, and what the object answers.
    pub fn grounds(&self, object: &Object) -> Grounds {
        let asked = [("labels", &self.labels), ("annotations", &self.annotations)];
        let maps = asked.into_iter().filter(|(_, terms)| !terms.is_empty());
        let maps = maps.filter_map(|(field, _)| object.root.at(&["metadata", field]));
        let values = maps.flat_map(|map| map.entries().iter().map(|(_, value)| value.origin.written));
        Grounds::of(self.said.iter().copied().chain(object.places()).chain(values))
    }

    /// As replacements select: by any one of the ids that it has had, its namespace as it is written.
    pub fn selects_any(&self, object: &Object) -> bool {
        self.is_labelled(object) && self.is_any(object)
    }

    /// As replacements reject: by labels, or by an id.
    pub fn rejects(&self, object: &Object) -> bool {
        let labelled = !self.labels.is_empty() || !self.annotations.is_empty();
        let parts = [&self.group, &self.version, &self.kind, &self.name, &self.namespace];
        let named = parts.iter().any(|part| part.is_some());
        (labelled && self.is_labelled(object)) || (named && self.is_any(object))
    }

    fn is_any(&self, object: &Object) -> bool {
        let matches = |expression: &Option<Regex>, text: &str| expression.as_ref().is_none_or(|one| one.is_match(text));
        let mut ids = object.ids_before();
        ids.push(object.id());
        ids.iter()
            .any(|id| self.is_kind(&id.gvk) && matches(&self.name, &id.name) && matches(&self.namespace, &id.namespace))
    }

    fn is_kind(&self, gvk: &Gvk) -> bool {
        let matches = |expression: &Option<Regex>, text: &str| expression.as_ref().is_none_or(|one| one.is_match(text));
        matches(&self.group, &gvk.group) && matches(&self.version, &gvk.version) && matches(&self.kind, &gvk.kind)
    }

    fn is_labelled(&self, object: &Object) -> bool {
        let holds = |terms: &[Term], field: &str| {
            let map = object.root.at(&["metadata", field]);
            terms.iter().all(|term| {
                let value = |key: &String| map.and_then(|map| map.get(key)).and_then(|value| Draft::as_text(value));
                match term {
                    Term::In(key, values) => value(key).is_some_and(|found| values.iter().any(|one| one == found)),
                    Term::NotIn(key, values) => value(key).is_none_or(|found| values.iter().all(|one| one != found)),
                    Term::Has(key) => value(key).is_some(),
                    Term::Lacks(key) => value(key).is_none(),
                }
            })
        };
        holds(&self.labels, "labels") && holds(&self.annotations, "annotations")
    }
}

/// Kubernetes' grammar of label selectors.
fn parse(text: &str) -> Option<Vec<Term>> {
    let mut terms = Vec::new();
    let mut depth = 0;
    let parts = text.split(|c| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        c == ',' && depth == 0
    });
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        let list = |rest: &str| -> Option<Vec<String>> {
            let inner = rest.trim().strip_prefix('(')?.strip_suffix(')')?;
            Some(inner.split(',').map(|one| one.trim().to_owned()).collect())
        };
        let one = |value: &str| vec![value.trim().to_owned()];
        let key = |key: &str| key.trim().to_owned();
        terms.push(if let Some((name, values)) = part.split_once(" notin ").or_else(|| part.split_once(" notin(")) {
            let values = if values.starts_with('(') { values.to_owned() } else { format!("({values}") };
            Term::NotIn(key(name), list(&values)?)
        } else if let Some((name, values)) = part.split_once(" in ").or_else(|| part.split_once(" in(")) {
            let values = if values.trim().starts_with('(') { values.to_owned() } else { format!("({values}") };
            Term::In(key(name), list(&values)?)
        } else if let Some((name, value)) = part.split_once("!=") {
            Term::NotIn(key(name), one(value))
        } else if let Some((name, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
            Term::In(key(name), one(value))
        } else if let Some(name) = part.strip_prefix('!') {
            Term::Lacks(key(name))
        } else if part.contains(char::is_whitespace) {
            return None;
        } else {
            Term::Has(key(part))
        });
    }
    terms.iter().all(Term::is_valid).then_some(terms)
}

impl Term {
    /// Whether its key and its values may be those of a label.
    fn is_valid(&self) -> bool {
        let word = |text: &str, most: usize| {
            let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            let ends = |text: &str| {
                text.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && text.ends_with(|c: char| c.is_ascii_alphanumeric())
            };
            text.len() <= most && ends(text) && text.chars().all(inner)
        };
        let (key, values): (&str, &[String]) = match self {
            Self::In(key, values) | Self::NotIn(key, values) => (key, values),
            Self::Has(key) | Self::Lacks(key) => (key, &[]),
        };
        let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
        word(name, 63)
            && prefix.is_none_or(|prefix| word(prefix, 253))
            && values.iter().all(|value| value.is_empty() || word(value, 63))
    }
}
