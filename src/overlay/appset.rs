//! The Applications that an ApplicationSet makes, where the repository alone says which: of lists, of folders of the repository, and
//! of each with each of both (applicationset/generators and applicationset/utils of Argo CD). Leaves out every other generator,
//! and templates that ask for more than a value: of such a set none is made, and it is said why.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::source::{Snapshot, Span};
use crate::yaml::{Content, Draft, Node, NodeKind, Origin, Reading, Type};

use super::artifact::wildcard;
use super::owners::{Owner, list};

/// The most Applications that are made of one set; nobody reads more.
const MOST: usize = 2000;

/// Why no Applications are made of a set, and where it says what stops that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexpanded {
    /// Why.
    pub why: String,
    /// Where.
    pub place: Span,
}

impl Unexpanded {
    fn at(node: Node<'_>, why: impl Into<String>) -> Self {
        Self { why: why.into(), place: node.handle() }
    }
}

/// The values of one Application, by their names in templates.
type Values = BTreeMap<String, String>;

/// Puts the Applications that sets make in the place of those sets.
pub(super) fn expand(owners: &mut Vec<Owner>, snapshot: &Snapshot) {
    if !owners.iter().any(Owner::is_set) {
        return;
    }
    let folders = folders(snapshot);
    let all = std::mem::take(owners);
    owners.extend(all.into_iter().flat_map(|owner| match owner.is_set().then(|| applications(&owner, &folders)) {
        Some(Ok(made)) => made.into_iter().map(|one| one.in_unit(owner.unit.clone())).collect(),
        _ => vec![owner],
    }));
}

/// Why the sets among some owners are not expanded.
#[must_use]
pub fn unexpanded(owners: &[Owner], snapshot: &Snapshot) -> Vec<Unexpanded> {
    let sets: Vec<&Owner> = owners.iter().filter(|owner| owner.is_set()).collect();
    if sets.is_empty() {
        return Vec::new();
    }
    let folders = folders(snapshot);
    sets.into_iter().filter_map(|set| applications(set, &folders).err()).collect()
}

/// The folders of the repository, without hidden ones and what is in them.
fn folders(snapshot: &Snapshot) -> BTreeSet<&str> {
    let mut out = BTreeSet::new();
    for (_, entry) in snapshot.entries().filter(|(_, entry)| !crate::source::is_outside(&entry.path)) {
        for (end, _) in entry.path.match_indices('/') {
            let folder = entry.path.get(..end).unwrap_or_default();
            if super::name_of(folder).starts_with('.') {
                break;
            }
            out.insert(folder);
        }
    }
    out
}

/// The Applications of a set.
fn applications(set: &Owner, folders: &BTreeSet<&str>) -> Result<Vec<Owner>, Unexpanded> {
    let node = set.node();
    let spec = node.get("spec").unwrap_or(node);
    let template = spec.get("template").ok_or_else(|| Unexpanded::at(node, "it has no template"))?;
    if let Some(patch) = spec.at(&["templatePatch"]) {
        return Err(Unexpanded::at(patch, "`templatePatch` is a program of its own"));
    }
    let engine = Engine { go: spec.get("goTemplate").and_then(Node::as_bool) == Some(true), folders };
    let mut all = Vec::new();
    for generator in list(spec, "generators") {
        all.extend(engine.generate(generator, &Values::new())?);
        if all.len() > MOST {
            return Err(Unexpanded::at(generator, format!("it makes more than {MOST} Applications")));
        }
    }
    let mut names = BTreeSet::new();
    let mut out = Vec::new();
    for values in all {
        let made = engine.application(set, template, &values)?;
        if !names.insert(made.name.clone()) {
            return Err(Unexpanded::at(template, format!("two of its Applications are called `{}`", made.name)));
        }
        out.push(made);
    }
    Ok(out)
}

/// How a set fills its template in.
struct Engine<'a> {
    /// By Go templates; else by names in braces.
    go: bool,
    folders: &'a BTreeSet<&'a str>,
}

impl Engine<'_> {
    /// What one generator gives. `outer` is what the first of a matrix gives the second.
    fn generate(&self, generator: Node<'_>, outer: &Values) -> Result<Vec<Values>, Unexpanded> {
        let mut kinds = generator.entries().filter(|entry| !entry.value.is_null());
        let (Some(entry), None) = (kinds.next(), kinds.next()) else {
            let why = "a generator with a selector, or several in one entry";
            return Err(Unexpanded::at(generator, why));
        };
        let body = entry.value;
        if let Some(own) = body.get("template") {
            return Err(Unexpanded::at(own, "a generator with a template of its own"));
        }
        match &*entry.key.key_text() {
            "list" => self.list(body, outer),
            "git" => self.git(body, outer),
            "matrix" if outer.is_empty() => self.matrix(body),
            kind => {
                let why = format!("what the generator `{kind}` finds is not in the repository");
                Err(Unexpanded { why, place: entry.key.span() })
            }
        }
    }

    fn list(&self, body: Node<'_>, outer: &Values) -> Result<Vec<Values>, Unexpanded> {
        if let Some(text) = body.at(&["elementsYaml"]) {
            return Err(Unexpanded::at(text, "`elementsYaml` is made elsewhere"));
        }
        let mut out = Vec::new();
        for element in list(body, "elements") {
            let mut values = Values::new();
            self.flatten(element, "", outer, &mut values)?;
            out.push(values);
        }
        Ok(out)
    }

    /// The texts of an element, by their paths. Only Go templates may have deeper ones than `values`.
    fn flatten(&self, node: Node<'_>, at: &str, outer: &Values, out: &mut Values) -> Result<(), Unexpanded> {
        for entry in node.entries() {
            let key = entry.key.key_text();
            // no path in a Go template leads to others
            if self.go && !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                continue;
            }
            let name = if at.is_empty() { key.into_owned() } else { format!("{at}.{key}") };
            match entry.value.kind() {
                NodeKind::Mapping if self.go || name == "values" => self.flatten(entry.value, &name, outer, out)?,
                NodeKind::Scalar if entry.value.as_str().is_some() && (self.go || name != "values") => {
                    let text = entry.value.as_str().unwrap_or_default();
                    out.insert(name, self.fill(text, outer, entry.value.span())?);
                }
                // a template may leave them alone
                _ if self.go => {}
                _ => {
                    return Err(Unexpanded::at(entry.value, "a value of an element is no text, which Argo CD refuses"));
                }
            }
        }
        Ok(())
    }

    fn git(&self, body: Node<'_>, outer: &Values) -> Result<Vec<Values>, Unexpanded> {
        for field in ["files", "values", "pathParamPrefix"] {
            let says = |own: &Node<'_>| match own.kind() {
                NodeKind::Scalar => own.text() != Some(""),
                NodeKind::Sequence => own.items().next().is_some(),
                NodeKind::Mapping => own.entries().next().is_some(),
            };
            if let Some(own) = body.at(&[field]).filter(says) {
                return Err(Unexpanded::at(own, format!("`{field}` of the generator `git` is not followed")));
            }
        }
        let mut asked = Vec::new();
        for directory in list(body, "directories") {
            let path = directory.get("path").and_then(|path| Some((path, path.as_str()?)));
            let Some((path, text)) = path else { return Err(Unexpanded::at(directory, "a directory without a path")) };
            asked.push((
                self.fill(text, outer, path.span())?,
                directory.get("exclude").and_then(Node::as_bool) == Some(true),
            ));
        }
        let matches = |pattern: &str, folder: &str| {
            let (mut pattern, mut folder) = (pattern.split('/'), folder.split('/'));
            loop {
                match (pattern.next(), folder.next()) {
                    (None, None) => return true,
                    (Some(pattern), Some(part)) if wildcard(pattern, part) => {}
                    _ => return false,
                }
            }
        };
        let is_asked = |folder: &&&str| {
            let mut fits = asked.iter().filter(|(pattern, _)| matches(pattern, folder)).peekable();
            fits.peek().is_some() && fits.all(|(_, excluded)| !excluded)
        };
        Ok(self.folders.iter().filter(is_asked).map(|folder| self.of_folder(folder)).collect())
    }

    fn of_folder(&self, folder: &str) -> Values {
        let base = super::name_of(folder);
        let (top, part) = if self.go { ("path.path", "path.segments") } else { ("path", "path") };
        let mut values = Values::from([
            (top.to_owned(), folder.to_owned()),
            ("path.basename".to_owned(), base.to_owned()),
            ("path.basenameNormalized".to_owned(), normalized(base)),
        ]);
        values.extend(folder.split('/').enumerate().map(|(at, one)| (format!("{part}[{at}]"), one.to_owned())));
        values
    }

    fn matrix(&self, body: Node<'_>) -> Result<Vec<Values>, Unexpanded> {
        let generators: Vec<Node<'_>> = list(body, "generators").collect();
        let [first, second] = generators.as_slice() else {
            return Err(Unexpanded::at(body, "a matrix has two generators"));
        };
        if let Some(inner) = [first, second].into_iter().find(|one| one.get("matrix").is_some()) {
            return Err(Unexpanded::at(*inner, "a matrix in a matrix is not followed"));
        }
        let mut out = Vec::new();
        for a in self.generate(*first, &Values::new())? {
            for mut b in self.generate(*second, &a)? {
                let clash = a.iter().find(|(key, value)| b.get(*key).is_some_and(|other| other != *value));
                if let Some((key, _)) = clash.filter(|_| !self.go) {
                    return Err(Unexpanded::at(body, format!("both generators give `{key}`, and not the same")));
                }
                b.extend(a.clone());
                out.push(b);
                if out.len() > MOST {
                    return Err(Unexpanded::at(body, format!("it makes more than {MOST} Applications")));
                }
            }
        }
        Ok(out)
    }

    /// The Application that a template makes of some values, as an owner that stands where the template does.
    fn application(&self, set: &Owner, template: Node<'_>, values: &Values) -> Result<Owner, Unexpanded> {
        let root = template.handle();
        let made = |text: &str| Draft::text(text, Origin::made("template", root));
        let mut draft = Draft::of(template, Reading::Kubernetes, &|span| (span, true));
        self.fill_all(&mut draft, values)?;
        let object = Arc::make_mut(&mut draft);
        object.set("apiVersion", root, made("argoproj.io/v1alpha1"));
        object.set("kind", root, made("Application"));
        if let Some(metadata) = object.get_mut("metadata").map(Arc::make_mut) {
            metadata.set("namespace", root, made(&set.namespace));
        }
        let tree = Arc::new(object.freeze(set.tree().source()));
        Owner::of(&tree, 0).ok_or_else(|| Unexpanded::at(template, "its template makes no Application"))
    }

    fn fill_all(&self, draft: &mut Arc<Draft>, values: &Values) -> Result<(), Unexpanded> {
        let has_braces = |text: &str| text.contains("{{");
        let place = draft.origin.written;
        match &mut Arc::make_mut(draft).content {
            Content::Scalar(text, kind) if has_braces(text) => {
                *text = self.fill(text, values, place)?.into();
                *kind = Type::Str;
            }
            Content::Scalar(..) => {}
            Content::Sequence(items) => {
                for item in items {
                    self.fill_all(item, values)?;
                }
            }
            Content::Mapping(entries) => {
                for (key, value) in entries {
                    if has_braces(&key.text) {
                        return Err(Unexpanded { why: "a key of its template is one itself".into(), place: key.at });
                    }
                    self.fill_all(value, values)?;
                }
            }
        }
        Ok(())
    }

    /// A text with its values. What no value stands for is left as it is, or refused, as Argo CD does.
    fn fill(&self, text: &str, values: &Values, place: Span) -> Result<String, Unexpanded> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((tag, behind)) = after.split_once("}}") else {
                return Err(Unexpanded { why: format!("`{{{{{after}` has no end"), place });
            };
            out.push_str(before);
            let value = if self.go { go_name(tag) } else { Some(tag.trim().to_owned()) };
            match value.as_ref().and_then(|name| values.get(name)) {
                Some(value) => out.push_str(value),
                None if self.go => {
                    return Err(Unexpanded { why: format!("`{{{{{tag}}}}}` of its template is not followed"), place });
                }
                None => {
                    out.push_str("{{");
                    out.push_str(tag);
                    out.push_str("}}");
                }
            }
            rest = behind;
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// The value that a Go template asks for and nothing else: `.path.basename`, `index .path.segments 1`.
fn go_name(tag: &str) -> Option<String> {
    let is_path = |text: &str| {
        text.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
    };
    let words: Vec<&str> = tag.split_ascii_whitespace().collect();
    match words.as_slice() {
        [name] => name.strip_prefix('.').filter(|name| is_path(name)).map(str::to_owned),
        ["index", name, at] => {
            let name = name.strip_prefix('.').filter(|name| is_path(name))?;
            let at: usize = at.parse().ok()?;
            Some(format!("{name}[{at}]"))
        }
        _ => None,
    }
}

/// A name as Argo CD makes it fit for objects (`SanitizeName`).
fn normalized(name: &str) -> String {
    let keep = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.' { c } else { '-' };
    let text: String = name.to_lowercase().chars().map(keep).take(253).collect();
    text.trim_matches(['-', '.']).to_owned()
}
