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
    /// What is wrong with one of the two, which Kustomize sees at the first object that it comes to.
    broken: Option<Problem>,
    pub is_named: bool,
    /// Where all this is written.
    said: Vec<Span>,
}

enum Term {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Has(String),
    Lacks(String),
    /// A number that is more.
    Above(String, i64),
    /// A number that is less.
    Below(String, i64),
}

/// A regular expression as Go reads it: a brace that begins no count is a brace, as in `${NAME}`.
pub(super) fn regex(text: &str) -> Result<Regex, regex::Error> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_class = false;
    while let Some(sign) = rest.chars().next() {
        let behind = rest.get(sign.len_utf8()..).unwrap_or("");
        let taken = match sign {
            // `\p{Greek}` and `\x{1F}` as they are
            '\\' => {
                let named =
                    behind.starts_with(['p', 'P', 'x']) && behind.get(1..).is_some_and(|at| at.starts_with('{'));
                let end = if named { behind.find('}').map(|at| at + 1) } else { None };
                1 + end.unwrap_or_else(|| behind.chars().next().map_or(0, char::len_utf8))
            }
            '{' if !in_class && !is_count(behind) => {
                out.push('\\');
                1
            }
            '[' => {
                in_class = true;
                1
            }
            ']' => {
                in_class = false;
                1
            }
            _ => sign.len_utf8(),
        };
        let (head, tail) = rest.split_at(taken);
        out.push_str(head);
        rest = tail;
    }
    Regex::new(&out)
}

/// Whether `{` begins `{2}`, `{2,}` or `{2,3}`.
fn is_count(behind: &str) -> bool {
    let Some((inner, _)) = behind.split_once('}') else { return false };
    let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

impl Selector {
    pub fn read(node: Node<'_>) -> Result<Self, Problem> {
        let expression = |key: &str| -> Result<Option<Regex>, Problem> {
            let Some(value) = node.at(&[key]) else { return Ok(None) };
            let text = value.as_str().unwrap_or("");
            if text.is_empty() {
                return Ok(None);
            }
            regex(&format!("^(?:{text})$")).map(Some).map_err(|_| {
                let message = format!("`{text}` is no regular expression, so nothing can be selected by it");
                Problem::new(Reason::Refused, value.span(), message)
            })
        };
        let mut broken = None;
        let mut terms = |key: &str| -> Vec<Term> {
            let Some(value) = node.at(&[key]) else { return Vec::new() };
            let text = value.as_str().unwrap_or("");
            Words(text).terms().filter(|terms| terms.iter().all(Term::is_valid)).unwrap_or_else(|| {
                let message = format!("`{key}` is no selector such as `app=web,tier!=db`");
                broken.get_or_insert(Problem::new(Reason::Refused, value.span(), message));
                Vec::new()
            })
        };
        let (labels, annotations) = (terms("labelSelector"), terms("annotationSelector"));
        Ok(Self {
            group: expression("group")?,
            version: expression("version")?,
            kind: expression("kind")?,
            name: expression("name")?,
            namespace: expression("namespace")?,
            labels,
            annotations,
            broken,
            is_named: node.at(&["name"]).is_some(),
            said: super::said(node),
        })
    }

    /// The objects that a patch is for.
    pub fn of<'o>(&self, objects: &'o mut [Object]) -> Result<impl Iterator<Item = &'o mut Object>, Problem> {
        let mut meant = Vec::with_capacity(objects.len());
        for object in &*objects {
            meant.push(self.selects(object)?);
        }
        Ok(objects.iter_mut().zip(meant).filter(|(_, meant)| *meant).map(|(object, _)| object))
    }

    /// Whether a patch is for an object.
    pub fn selects(&self, object: &Object) -> Result<bool, Problem> {
        let (now, first) = (object.id(), object.original());
        let matches = |expression: &Option<Regex>, text: &str| expression.as_ref().is_none_or(|one| one.is_match(text));
        let named = (matches(&self.namespace, first.space()) || matches(&self.namespace, now.space()))
            && (matches(&self.name, &first.name) || matches(&self.name, &now.name))
            && self.is_kind(&now.gvk);
        if !named {
            return Ok(false);
        }
        self.judge()?;
        Ok(self.is_labelled(object))
    }

    /// Refuses a selector of labels or annotations that cannot be read.
    pub fn judge(&self) -> Result<(), Problem> {
        self.broken.clone().map_or(Ok(()), Err)
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
                let number = |key: &String| value(key).and_then(|found| found.parse::<i64>().ok());
                match term {
                    Term::Above(key, than) => number(key).is_some_and(|found| found > *than),
                    Term::Below(key, than) => number(key).is_some_and(|found| found < *than),
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

/// A text that is read word by word by Kubernetes' grammar of label selectors (apimachinery/pkg/labels, `Parse`).
struct Words<'t>(&'t str);

impl<'t> Words<'t> {
    /// The next word: a sign, a name, nothing at the end. None where there is a sign that is none.
    fn next(&mut self) -> Option<&'t str> {
        let is_sign = |c: char| "=!(),><".contains(c);
        let is_blank = |c: char| " \t\r\n".contains(c);
        let rest = self.0.trim_start_matches(is_blank);
        let length = match rest.find(|c| is_sign(c) || is_blank(c)) {
            Some(0) if rest.starts_with("==") || rest.starts_with("!=") => 2,
            Some(0) => 1,
            Some(end) => end,
            None => rest.len(),
        };
        let (word, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(word)
    }

    fn peek(&self) -> Option<&'t str> {
        Self(self.0).next()
    }

    /// The next word, when it is a name.
    fn name(&mut self) -> Option<String> {
        let word = self.next()?;
        is_name(word).then(|| word.to_owned())
    }

    fn terms(mut self) -> Option<Vec<Term>> {
        let mut terms = Vec::new();
        if self.peek()?.is_empty() {
            return Some(terms);
        }
        loop {
            terms.push(self.term()?);
            match self.next()? {
                "" => return Some(terms),
                "," if self.peek()? == "!" || is_name(self.peek()?) => {}
                _ => return None,
            }
        }
    }

    fn term(&mut self) -> Option<Term> {
        let lacks = self.peek()? == "!";
        if lacks {
            self.next()?;
        }
        let key = self.name()?;
        if lacks {
            return Some(Term::Lacks(key));
        }
        if matches!(self.peek()?, "" | ",") {
            return Some(Term::Has(key));
        }
        match self.next()? {
            "in" => Some(Term::In(key, self.values()?)),
            "notin" => Some(Term::NotIn(key, self.values()?)),
            "=" | "==" => Some(Term::In(key, vec![self.value()?])),
            "!=" => Some(Term::NotIn(key, vec![self.value()?])),
            ">" => Some(Term::Above(key, self.value()?.parse().ok()?)),
            "<" => Some(Term::Below(key, self.value()?.parse().ok()?)),
            _ => None,
        }
    }

    /// One value, which may be left out.
    fn value(&mut self) -> Option<String> {
        if matches!(self.peek()?, "" | ",") { Some(String::new()) } else { self.name() }
    }

    /// Values in brackets, any of which may be left out.
    fn values(&mut self) -> Option<Vec<String>> {
        let mut values = Vec::new();
        if self.next()? != "(" {
            return None;
        }
        if self.peek()? == ")" {
            // none at all is refused where the term is made, and one that is empty is not
            self.next()?;
            return Some(vec![String::new()]);
        }
        loop {
            match self.next()? {
                "," => {
                    if values.is_empty() {
                        values.push(String::new());
                    }
                    match self.peek()? {
                        ")" => {
                            values.push(String::new());
                            self.next()?;
                            return Some(values);
                        }
                        "," => {
                            self.next()?;
                            values.push(String::new());
                        }
                        _ => {}
                    }
                }
                word if is_name(word) => {
                    values.push(word.to_owned());
                    match self.peek()? {
                        "," => {}
                        ")" => {
                            self.next()?;
                            return Some(values);
                        }
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
    }
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && !word.starts_with(|c: char| "=!(),><".contains(c))
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
            Self::Has(key) | Self::Lacks(key) | Self::Above(key, _) | Self::Below(key, _) => (key, &[]),
        };
        let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
        word(name, 63)
            && prefix.is_none_or(|prefix| word(prefix, 253))
            && values.iter().all(|value| value.is_empty() || word(value, 63))
    }
}
