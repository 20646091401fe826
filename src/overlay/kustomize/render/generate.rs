//! ConfigMaps and Secrets that a kustomization makes of files and literals (api/internal/generators, api/kv).

use std::sync::Arc;

use crate::source::{Source, Span};
use crate::yaml::{Content, Draft, Grounds, Node, Origin, Spelling, Type};

use super::hash::base64;
use super::object::{Behaviour, Object, is_misread};
use super::problem::{Problem, Reason};
use super::transform::reads_as_other;
use super::{Here, Renderer, list, optional, pairs, string};

/// The longest line of an environment file that Kustomize reads (Go's `bufio.Scanner`).
const MAX_LINE: usize = 64 * 1024;

/// A key with its bytes, and where they come from.
struct Pair {
    key: String,
    value: Vec<u8>,
    origin: Origin,
    entry: Span,
}

impl Renderer<'_> {
    /// What the generators of a kustomization make, each with the kind of the generator.
    pub(super) fn generated(&self, here: &Here<'_>) -> Result<Vec<(Object, &'static str)>, Problem> {
        let options = here.root.at(&["generatorOptions"]);
        let mut out = Vec::new();
        for item in list(here.root, "configMapGenerator") {
            out.push((self.generate(here, options, item, false)?, "ConfigMapGenerator"));
        }
        for item in list(here.root, "secretGenerator") {
            out.push((self.generate(here, options, item, true)?, "SecretGenerator"));
        }
        Ok(out)
    }

    /// What one entry makes; `shared` are the options of all entries.
    pub(super) fn generate(
        &self,
        here: &Here<'_>,
        shared: Option<Node<'_>>,
        item: Node<'_>,
        secret: bool,
    ) -> Result<Object, Problem> {
        let (folder, source) = (here.folder, here.source);
        let entry = item.handle();
        let what = if secret { "secretGenerator" } else { "configMapGenerator" };
        // a generator that is an object of its own has a name of its own
        let own = |key: &str| item.at(&["metadata"]).map(|meta| optional(meta, key)).transpose().map(Option::flatten);
        let Some((name, name_at)) = optional(item, "name")?.map_or_else(|| own("name"), |name| Ok(Some(name)))? else {
            return Err(Problem::new(Reason::Refused, entry, "a generator without a `name`"));
        };
        let made = || Origin::made(what, entry);
        let text = |text: &str| Draft::text(text, made());
        let mut object = Draft { content: Content::Mapping(Vec::new()), origin: made() };
        object.set("apiVersion", entry, text("v1"));
        object.set("kind", entry, text(if secret { "Secret" } else { "ConfigMap" }));
        let mut meta = Draft { content: Content::Mapping(Vec::new()), origin: made() };
        let mut origin = Origin::at(name_at);
        let hashes = [shared, item.at(&["options"])].into_iter().flatten();
        origin.parts.extend(hashes.filter_map(|owner| Some(owner.at(&["disableNameSuffixHash"])?.span())));
        meta.set("name", name_at, Draft::text(name, origin));
        if let Some((space, at)) =
            optional(item, "namespace")?.map_or_else(|| own("namespace"), |name| Ok(Some(name)))?
        {
            meta.set("namespace", at, Draft::text(space, Origin::at(at)));
        }
        let options = |field: &str| -> Vec<Node<'_>> {
            [shared.and_then(|shared| shared.at(&[field])), item.at(&["options", field])]
                .into_iter()
                .flatten()
                .collect()
        };
        // what stands in the entry itself goes before what holds for all
        for field in ["labels", "annotations"] {
            for owner in [shared, item.at(&["options"])].into_iter().flatten() {
                for (key, value, at) in pairs(owner, field)? {
                    if reads_as_other(&key) {
                        let message = format!("`{key}` reads as something else than text, and Kustomize refuses it");
                        return Err(Problem::new(Reason::Refused, at, message));
                    }
                    if meta.get(field).is_none() {
                        meta.set(field, at, Draft::mapping(made()));
                    }
                    if let Some(map) = meta.get_mut(field) {
                        Arc::make_mut(map).set(&key, at, Draft::text(value, Origin::at(at)));
                    }
                }
            }
        }
        object.set("metadata", entry, Arc::new(meta));
        if secret {
            let kind = optional(item, "type")?;
            let origin = kind.map_or_else(made, |(_, at)| Origin::at(at));
            object.set("type", entry, Draft::text(kind.map_or("Opaque", |(kind, _)| kind), origin));
        }
        if secret {
            object.set("data", entry, Draft::mapping(made()));
        }
        let mut known: Vec<String> = Vec::new();
        for pair in self.pairs_of(folder, source, item)? {
            if reads_as_other(&pair.key) {
                let message =
                    format!("the key `{}` reads as something else than text, and Kustomize refuses it", pair.key);
                return Err(Problem::new(Reason::Refused, pair.entry, message));
            }
            if known.contains(&pair.key) {
                let message = format!("`{name}` has the key `{}` twice", pair.key);
                return Err(Problem::new(Reason::Refused, pair.entry, message));
            }
            let (field, value) = if secret {
                ("data", base64(&pair.value))
            } else {
                match String::from_utf8(pair.value) {
                    Ok(text) => ("data", text),
                    Err(bytes) => ("binaryData", base64(bytes.as_bytes())),
                }
            };
            if is_misread(&value) {
                let message =
                    format!("`{}` begins with a tab, and Kustomize cannot read again what it writes of it", pair.key);
                return Err(Problem::new(Reason::Refused, pair.entry, message));
            }
            let mut origin = pair.origin;
            if secret || field == "binaryData" {
                origin.changed("base64", pair.entry, &Grounds::default());
            }
            let quoted = value.contains('\n') || reads_as_other(&value);
            origin.set_spelling(if quoted { Spelling::Quoted } else { Spelling::Plain });
            if object.get(field).is_none() {
                object.set(field, entry, Draft::mapping(made()));
            }
            if let Some(map) = object.get_mut(field) {
                Arc::make_mut(map).set(&pair.key, pair.entry, Draft::text(&value, origin));
            }
            known.push(pair.key);
        }
        let flag = |field: &str| options(field).iter().any(|value| value.as_bool() == Some(true));
        if flag("immutable") {
            let content = Content::Scalar("true".into(), Type::Plain);
            object.set("immutable", entry, Arc::new(Draft { content, origin: made() }));
        }
        let mut object = Object::new(Arc::new(object));
        object.entry = entry;
        object.hashed = !flag("disableNameSuffixHash");
        object.behaviour = match optional(item, "behavior")? {
            Some(("merge", _)) => Some(Behaviour::Merge),
            Some(("replace", _)) => Some(Behaviour::Replace),
            _ => Some(Behaviour::Create),
        };
        Ok(object)
    }

    /// Environment files first, then literals, then files.
    fn pairs_of(&self, folder: &str, source: &Arc<Source>, item: Node<'_>) -> Result<Vec<Pair>, Problem> {
        let mut out = Vec::new();
        // one that is an object of its own has no `env`: only a kustomization's is one more of `envs`
        let env = item.at(&["env"]).filter(|_| item.index() > 0);
        for node in env.into_iter().chain(list(item, "envs")) {
            let (_, id) = self.file(folder, node)?;
            let bytes = self.bytes(id, node.span())?;
            let Ok(text) = String::from_utf8(bytes) else {
                return Err(Problem::new(Reason::Refused, node.span(), "an environment file that is not UTF-8"));
            };
            let mut begin = 0;
            for (number, line) in text.split_inclusive('\n').enumerate() {
                if line.len() > MAX_LINE {
                    // Kustomize stops reading there, and says nothing
                    break;
                }
                let start = begin;
                begin += line.len();
                let line = line.strip_suffix('\n').unwrap_or(line);
                let line = line.strip_suffix('\r').unwrap_or(line);
                let bare = if number == 0 { line.strip_prefix('\u{FEFF}').unwrap_or(line) } else { line };
                let bare = bare.trim_start();
                if bare.is_empty() || bare.starts_with('#') {
                    continue;
                }
                let (key, value) = bare.split_once('=').unwrap_or((bare, ""));
                if key.is_empty() {
                    continue;
                }
                let end = start + line.len();
                let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                let at = Span::new(id, small(end - value.len()), small(end));
                out.push(pair(key, value.as_bytes(), Origin::at(at), Span::new(id, small(start), small(end))));
            }
        }
        for node in list(item, "literals") {
            let text = string(node, "a literal")?;
            let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
                return Err(Problem::new(Reason::Refused, node.span(), "a literal is `key=value`"));
            };
            let bare = ['"', '\'']
                .iter()
                .find_map(|quote| value.strip_prefix(*quote).and_then(|rest| rest.strip_suffix(*quote)));
            let value = bare.unwrap_or(value);
            let mut origin = Origin::at(node.span());
            let written = source.slice(node.span());
            let trimmed = written.strip_suffix(['"', '\'']).unwrap_or(written);
            match trimmed.strip_suffix(['"', '\'']).unwrap_or(trimmed) {
                text if text.ends_with(value) && !value.is_empty() && !value.contains(['"', '\'', '\\']) => {
                    let end = node.span().start + u32::try_from(text.len()).unwrap_or(0);
                    let start = end - u32::try_from(value.len()).unwrap_or(0);
                    origin.written = Span::new(node.span().source, start, end);
                }
                _ => origin.exact = false,
            }
            out.push(pair(key, value.as_bytes(), origin, node.span()));
        }
        for node in list(item, "files") {
            let text = string(node, "an entry of `files`")?;
            let (key, path) = match text.split_once('=') {
                None => (text.rsplit('/').next().unwrap_or(text), text),
                Some((key, path)) if !key.is_empty() && !path.is_empty() && !path.contains('=') => (key, path),
                Some(_) => {
                    return Err(Problem::new(
                        Reason::Refused,
                        node.span(),
                        "an entry of `files` is `path` or `key=path`",
                    ));
                }
            };
            let (_, id) = self.file_at(folder, path, node.span())?;
            let bytes = self.bytes(id, node.span())?;
            let end = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            let mut origin = Origin::at(Span::new(id, 0, end));
            origin.via = Some(node.span());
            out.push(pair(key, &bytes, origin, node.span()));
        }
        Ok(out)
    }
}

fn pair(key: &str, value: &[u8], origin: Origin, entry: Span) -> Pair {
    Pair { key: key.to_owned(), value: value.to_vec(), origin, entry }
}

/// A generated object takes the name and the metadata of the one that it replaces, and its data where it merges.
pub(super) fn inherit(new: &mut Object, old: &Object) {
    let entry = new.entry;
    let mut old = old.clone();
    for field in ["labels", "annotations"] {
        old.spell(field);
    }
    if new.behaviour == Some(Behaviour::Merge) {
        take_plain_secrets(&mut old);
    }
    let fields = |new: &mut Object, above: Option<&str>, field: &str| {
        let path: Vec<&str> = above.into_iter().chain([field]).collect();
        let Some(from) = old.root.at(&path) else { return };
        let root = new.edit();
        let owner = match above {
            Some(above) => match root.get_mut(above) {
                Some(owner) => Arc::make_mut(owner),
                None => return,
            },
            None => root,
        };
        if !matches!(from.content, Content::Mapping(_)) {
            return;
        }
        let mut merged = from.clone();
        if let Content::Mapping(entries) = &mut merged.content {
            // all of them are written as text
            for (_, value) in entries {
                if let Content::Scalar(text, kind) = &value.content
                    && *kind != Type::Str
                {
                    let text = Arc::clone(text);
                    Arc::make_mut(value).content = Content::Scalar(text, Type::Str);
                }
            }
        }
        if let Some(own) = owner.get(field) {
            for (key, value) in own.entries() {
                merged.set(&key.text, key.at, Arc::clone(value));
            }
        }
        if merged.entries().is_empty() {
            owner.remove(field);
        } else {
            owner.set(field, entry, Arc::new(merged));
        }
    };
    fields(new, Some("metadata"), "labels");
    fields(new, Some("metadata"), "annotations");
    if new.behaviour == Some(Behaviour::Merge) {
        fields(new, None, "data");
        fields(new, None, "binaryData");
    }
    for key in ["name", "namespace"] {
        if let Some(value) = old.root.at(&["metadata", key]) {
            let mut value = Arc::new(value.clone());
            if let Some(meta) = new.edit().get_mut("metadata") {
                // whether it has a hash, both say
                let hashes = meta.get(key).filter(|_| key == "name").map_or(&[][..], |name| &name.origin.parts);
                if !hashes.is_empty() {
                    Arc::make_mut(&mut value).origin.parts.extend(hashes);
                }
                Arc::make_mut(meta).set(key, entry, value);
            }
        } else if let Some(meta) = new.edit().get_mut("metadata") {
            Arc::make_mut(meta).remove(key);
        }
    }
    new.before.clone_from(&old.before);
    new.prefixes.clone_from(&old.prefixes);
    new.suffixes.clone_from(&old.suffixes);
    new.vars.clone_from(&old.vars);
    // what is written anew stands alone
    new.aliases = vec![None; old.aliases.len()];
    // that a name wants a hash is noted in the object that is there, as all is that Kustomize notes of an object
    new.hashed &= old.hashed;
    new.behaviour = old.behaviour;
}

/// `stringData` of a Secret as what it becomes: `data` in base64.
fn take_plain_secrets(old: &mut Object) {
    if old.kind() != "Secret" || old.root.get("stringData").is_none_or(|data| data.entries().is_empty()) {
        return;
    }
    let root = old.edit();
    let Some(plain) = root.remove("stringData") else { return };
    if root.get("data").is_none_or(|data| data.is_null()) {
        root.set("data", plain.origin.written, Draft::mapping(plain.origin.clone()));
    }
    let Some(data) = root.get_mut("data").map(Arc::make_mut) else { return };
    for (key, value) in plain.entries() {
        let text = if let Content::Scalar(text, _) = &value.content { base64(text.as_bytes()) } else { continue };
        let mut origin = value.origin.clone();
        origin.changed("base64", value.origin.written, &Grounds::default());
        data.set(&key.text, key.at, Draft::text(&text, origin));
    }
}
