//! The variables that Flux puts into the objects of a build: what `postBuild` of its Kustomization says, and the ConfigMaps and
//! Secrets that it names, as far as they are in the repository. What may come from elsewhere is unknowable, never undefined.
//! Leaves out the language of `${NAME}` (`envsubst`).

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::facts::shared_folders;
use crate::kube::Resource;
use crate::source::Span;
use crate::yaml::{Node, is_unknowable};

use super::envsubst::{Known, substitute};
use super::owners::{Addition, Engine, list};

/// The ConfigMaps and Secrets of a repository, by kind and name.
#[derive(Default)]
pub struct Givers<'r> {
    by_name: FxHashMap<(&'r str, &'r str), Vec<(&'r Resource, &'r str)>>,
    /// Whether something else may make some: a chart, what was not rendered.
    pub open: bool,
}

impl<'r> Givers<'r> {
    /// Takes in an object, with the path that it stands at.
    pub fn add(&mut self, resource: &'r Resource, path: &'r str) {
        if resource.gvk.group.is_empty() && matches!(resource.gvk.kind.as_str(), "ConfigMap" | "Secret") {
            let name = (resource.gvk.kind.as_str(), resource.key.name.as_str());
            self.by_name.entry(name).or_default().push((resource, path));
        }
    }

    /// The object that is meant: of several the nearest; none where that is not one.
    fn find(&self, kind: &str, name: &str, to: &Addition) -> Option<&'r Resource> {
        let space = to.owner_namespace();
        let all = self.by_name.get(&(kind, name))?.iter().filter(|(one, _)| one.key.namespace == space);
        let near = |path: &str| shared_folders(path, &to.path);
        let best = all.clone().map(|(_, path)| near(path)).max()?;
        let mut nearest = all.filter(|(_, path)| near(path) == best);
        let (first, _) = nearest.next()?;
        // units may hold copies of one
        nearest.all(|(other, _)| same(first.node(), other.node())).then_some(*first)
    }
}

fn same(a: Node<'_>, b: Node<'_>) -> bool {
    let fields = ["data", "stringData"];
    fields.iter().all(|field| {
        let all = |node: Node<'_>| -> Vec<(String, String)> {
            let entries = node.get(field).into_iter().flat_map(Node::entries);
            entries.map(|entry| (entry.key.key_text().into_owned(), entry.value.text().unwrap_or("").into())).collect()
        };
        all(a) == all(b)
    })
}

/// The value of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its text; nothing where that is not known, as in a Secret that is encrypted.
    pub text: Option<Arc<str>>,
    /// Where it was written.
    pub place: Span,
    /// Whether the bytes there are the text.
    pub exact: bool,
}

/// All variables of one build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variables {
    values: BTreeMap<String, Variable>,
    /// Whether others may be defined in objects that are not in the repository.
    pub open: bool,
}

impl Variables {
    /// The variables that an owner defines; nothing where Flux puts in none
    /// (<https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution>).
    #[must_use]
    pub fn of(addition: &Addition, givers: &Givers<'_>) -> Option<Self> {
        if addition.engine != Engine::Flux {
            return None;
        }
        let build = addition.node().at(&["postBuild"])?;
        let mut out = Self { values: BTreeMap::new(), open: false };
        for one in list(build, "substituteFrom") {
            let text = |key: &str| one.get(key).and_then(Node::as_str).unwrap_or("");
            let Some(giver) = givers.find(text("kind"), text("name"), addition) else {
                out.unknown();
                continue;
            };
            if text("kind") == "Secret" {
                out.take(giver, "data", &|text| decoded(text).map(Into::into));
                out.take(giver, "stringData", &|text| Some(text.into()));
            } else {
                out.take(giver, "data", &|text| Some(text.into()));
            }
        }
        for entry in build.at(&["substitute"]).into_iter().flat_map(Node::entries) {
            out.set(entry.key.key_text().into_owned(), entry.value, &|text| Some(text.into()));
        }
        let always = build.at(&["substituteStrategy"]).and_then(Node::as_str) == Some("Always");
        (out.open || always || !out.values.is_empty()).then_some(out)
    }

    /// Another object defines what is not known, and may define anew what is.
    fn unknown(&mut self) {
        self.open = true;
        self.values.values_mut().for_each(|value| value.text = None);
    }

    fn take(&mut self, giver: &Resource, field: &str, read: &dyn Fn(&str) -> Option<Arc<str>>) {
        for entry in giver.node().at(&[field]).into_iter().flat_map(Node::entries) {
            self.set(entry.key.key_text().into_owned(), entry.value, read);
        }
    }

    fn set(&mut self, name: String, value: Node<'_>, read: &dyn Fn(&str) -> Option<Arc<str>>) {
        let written = value.text().unwrap_or("");
        let text = if is_unknowable(written) { None } else { read(written) };
        // Flux takes line breaks out
        let plain: Option<Arc<str>> =
            text.map(|text| if text.contains('\n') { text.replace('\n', "").into() } else { text });
        let exact =
            plain.as_deref() == Some(written) && value.tree().origin(value.index()).is_none_or(|origin| origin.exact);
        self.values.insert(name, Variable { text: plain, place: value.span(), exact });
    }

    /// What is known of a name.
    #[must_use]
    pub fn known(&self, name: &str) -> Known<'_> {
        match self.values.get(name) {
            Some(Variable { text: Some(text), .. }) => Known::Value(text),
            Some(_) => Known::Unknown,
            None if self.open => Known::Unknown,
            None => Known::Undefined,
        }
    }

    /// A text with what is known put in; nothing where Flux cannot read it.
    #[must_use]
    pub fn fill(&self, text: &str) -> Option<String> {
        substitute(text, &|name| self.known(name)).ok().map(|filled| filled.text)
    }

    /// A variable by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.values.get(name)
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

/// Base64, as Go reads it; nothing of what is none, or is no text.
fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).take_while(|byte| *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).unwrap_or(0));
        }
        bits &= 0xffff;
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_decoded() {
        for (text, want) in [("c2hvcA==", Some("shop")), ("c2hv\ncDI=", Some("shop2")), ("", Some("")), ("?", None)] {
            assert_eq!(decoded(text).as_deref(), want, "{text}");
        }
        assert_eq!(decoded("/w=="), None);
    }
}
