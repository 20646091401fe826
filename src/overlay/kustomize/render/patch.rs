//! Patches: `patches`, `patchesStrategicMerge`, `patchesJson6902`.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::source::{Source, Span};
use crate::yaml::{
    Content, Draft, Grounds, Node, NodeKind, Reading, Scalar, Spelling, Tree, Type, float, is_written_plainly,
    short_float,
};

use super::load::{self, Inline};
use super::merge::Merge;
use super::object::{Gvk, Object, is_misread};
use super::problem::{Problem, Reason};
use super::select::Selector;
use super::shape::shape_of;
use super::silent::{self, Idle};
use super::{Here, Renderer, Taken, json_patch, optional, string};

/// What a patch is, by its text.
enum Patch {
    Merge(Merges),
    Json(Arc<Draft>),
}

/// The documents of a patch.
type Trees = load::Read<Vec<Arc<Tree>>>;

/// What is merged into objects, and what is to be said where a key stands twice in one mapping of it. The first counts where
/// an object has the mapping too; one that comes into an object as it is, and is there in the end, is refused.
struct Merges {
    patches: Vec<Object>,
    repeat: Option<Problem>,
}

impl Renderer<'_> {
    /// Merges the patches of a list of paths or texts; whether there were any.
    pub(super) fn merges<'t>(
        &self,
        objects: &mut Vec<Object>,
        here: &Here<'_>,
        items: impl Iterator<Item = Node<'t>>,
    ) -> Result<bool, Problem> {
        let (mut first, mut any) = (None, false);
        for item in items {
            first = first.or(Some(item.span()));
            let text = string(item, "a patch")?;
            let found = if text.contains('\n') || text.starts_with('{') {
                merges_in(here.source, item)?
            } else {
                let (_, id) = self.file(here.folder, item)?;
                merges_of(self.read(id, item.span())?, &|span| (span, true))?
            };
            for patch in &found.patches {
                merge_by_id(objects, &spelt(patch), here, "patchesStrategicMerge", item.span(), (false, false))?;
                no_twins(objects, item.span())?;
                any = true;
            }
            found.note_repeats(objects, here);
        }
        match first {
            Some(place) if !any => Err(Problem::new(Reason::Refused, place, "there is no patch in any of these")),
            first => Ok(first.is_some()),
        }
    }

    /// Merges the patches that an owner has as they are, not as text.
    pub(super) fn merges_of_nodes<'t>(
        objects: &mut Vec<Object>,
        here: &Here<'_>,
        items: impl Iterator<Item = Node<'t>>,
    ) -> Result<(), Problem> {
        for item in items {
            let draft = Draft::of(item, Reading::Kubernetes, &|span| (span, true));
            for patch in load::objects_in(std::iter::once(draft))? {
                merge_by_id(objects, &spelt(&patch), here, "patchesStrategicMerge", item.handle(), (false, false))?;
            }
        }
        Ok(())
    }

    /// Merges the patches of one text, as a transformer of its own has it.
    pub(super) fn merges_of_text(
        &self,
        objects: &mut Vec<Object>,
        here: &Here<'_>,
        item: Node<'_>,
    ) -> Result<(), Problem> {
        let found = merges_in(here.source, item)?;
        for patch in &found.patches {
            merge_by_id(objects, &spelt(patch), here, "patchesStrategicMerge", item.span(), (false, false))?;
        }
        found.note_repeats(objects, here);
        Ok(())
    }

    /// One entry of `patches`.
    pub(super) fn patch(&self, objects: &mut Vec<Object>, here: &Here<'_>, item: Node<'_>) -> Result<(), Problem> {
        let (patch, entry) = self.read_patch(here, item, "patch", Inline::trimmed)?;
        let flag = |name: &str| item.at(&["options", name]).and_then(Node::as_bool).unwrap_or(false);
        let allow = (flag("allowNameChange"), flag("allowKindChange"));
        let target = item.at(&["target"]).map(Selector::read).transpose()?;
        note(here, item, target.as_ref(), objects)?;
        match (patch, target) {
            (Patch::Merge(merges), None) => {
                for mut patch in merges.patches.iter().cloned() {
                    // Kustomize notes in it what it may do, and writes its annotations anew
                    if allow != (false, false) {
                        patch.spell("annotations");
                    }
                    merge_by_id(objects, &patch, here, "patches", entry, allow)?;
                }
                merges.note_repeats(objects, here);
            }
            (Patch::Merge(merges), Some(target)) => {
                let patch = match merges.patches.as_slice() {
                    [] => return Ok(()),
                    [patch] => patch,
                    _ => {
                        let message = "several patches in one entry with a `target`: give each an entry of its own";
                        return Err(Problem::new(Reason::Refused, entry, message));
                    }
                };
                for object in target.of(objects)? {
                    // Kustomize gives it the group and the version of each object that it meets, and not the kind
                    let own = Gvk { kind: patch.gvk().kind, ..object.gvk() };
                    let grounds = target.grounds(object);
                    let is_bare = object.root.get("apiVersion").is_none();
                    merge(object, &spelt(patch), &own, here, ("patches", entry, grounds), allow)?;
                    // the version that it gives where there is none is none either
                    if is_bare && is_something(object) {
                        let content = Content::Scalar("null".into(), Type::Null);
                        let none = Draft { content, origin: crate::yaml::Origin::made("patches", entry) };
                        object.edit().set("apiVersion", entry, Arc::new(none));
                    }
                }
                merges.note_repeats(objects, here);
                objects.retain(is_something);
                no_twins(objects, entry)?;
            }
            (Patch::Json(_), None) => {
                return Err(Problem::new(Reason::Refused, entry, "a JSON patch needs a `target`"));
            }
            (Patch::Json(patch), Some(target)) => {
                for object in target.of(objects)? {
                    object.remember()?;
                    no_repeats(object, here.repeat.borrow().as_ref())?;
                    json(object, &patch, entry, &target.grounds(object))?;
                }
            }
        }
        Ok(())
    }

    /// One entry of `patchesJson6902`, whose text stands at `key`.
    pub(super) fn json_patch(
        &self,
        objects: &mut [Object],
        here: &Here<'_>,
        item: Node<'_>,
        key: &str,
    ) -> Result<(), Problem> {
        let Some(target) = item.at(&["target"]) else {
            return Err(Problem::new(Reason::Refused, item.handle(), "a JSON patch needs a `target`"));
        };
        let target = Selector::read(target)?;
        if !target.is_named {
            return Err(Problem::new(Reason::Refused, item.handle(), "the `target` needs a `name`"));
        }
        // an owner has the operations as they are
        let (patch, entry) = match item.at(&[key]).filter(|patch| patch.kind() == NodeKind::Sequence) {
            Some(patch) => (Patch::Json(Draft::of(patch, Reading::Kubernetes, &|span| (span, true))), patch.handle()),
            None => self.read_patch(here, item, key, Inline::new)?,
        };
        let Patch::Json(patch) = patch else {
            return Err(Problem::new(Reason::Refused, entry, "this is no JSON patch"));
        };
        if patch.items().is_empty() {
            return Err(Problem::new(Reason::Refused, entry, "a JSON patch without an operation"));
        }
        note(here, item, Some(&target), objects)?;
        for object in target.of(objects)? {
            no_repeats(object, here.repeat.borrow().as_ref())?;
            json(object, &patch, entry, &target.grounds(object))?;
        }
        Ok(())
    }

    /// The patch of an entry, in a file or `within` a text at `key`.
    fn read_patch(
        &self,
        here: &Here<'_>,
        item: Node<'_>,
        key: &str,
        within: fn(&Source, Node<'_>) -> Inline,
    ) -> Result<(Patch, Span), Problem> {
        let text = optional(item, key)?.filter(|(text, _)| !text.trim().is_empty());
        match (text, item.at(&["path"])) {
            (Some(_), Some(path)) => {
                Err(Problem::new(Reason::Refused, path.span(), format!("`{key}` and `path` in one entry: keep one")))
            }
            (None, None) => {
                Err(Problem::new(Reason::Refused, item.handle(), format!("a patch needs `{key}` or `path`")))
            }
            (Some((_, at)), None) => {
                let node = item.get(key).unwrap_or(item);
                let inline = within(here.source, node);
                let read = in_file(load::parse(&inline.source), &inline)?;
                // the entry, not all its lines
                let entry = item.entry(key).map_or(at, |entry| entry.key.span());
                note_unread(here, &read.read, &|span| inline.place(span));
                Ok((patch_of(read, &|span| inline.place(span), entry)?, entry))
            }
            (None, Some(path)) => {
                let (_, id) = self.file(here.folder, path)?;
                let read = self.read(id, path.span())?;
                note_unread(here, &read.read, &|span| (span, true));
                Ok((patch_of(read, &|span| (span, true), path.span())?, path.span()))
            }
        }
    }
}

/// The patches in the text of a scalar.
fn merges_in(source: &Arc<Source>, item: Node<'_>) -> Result<Merges, Problem> {
    let inline = Inline::new(source, item);
    merges_of(in_file(load::parse(&inline.source), &inline)?, &|span| inline.place(span))
}

fn merges_of(read: Trees, place: &dyn Fn(Span) -> (Span, bool)) -> Result<Merges, Problem> {
    Ok(Merges { patches: load::objects(&read.read, place)?, repeat: read.repeat })
}

impl Merges {
    /// Notes that a mapping came into an object with a key twice.
    fn note_repeats(&self, objects: &[Object], here: &Here<'_>) {
        if let Some(repeat) = &self.repeat
            && here.repeat.borrow().is_none()
            && objects.iter().any(|object| has_repeats(&object.root))
        {
            *here.repeat.borrow_mut() = Some(repeat.clone());
        }
    }
}

/// Refuses an object in a mapping of which a key stands twice, which nothing but a patch brings about: whoever reads the object
/// as JSON refuses it, the last step of a build too.
pub(super) fn no_repeats(object: &Object, repeat: Option<&Problem>) -> Result<(), Problem> {
    match repeat {
        Some(repeat) if has_repeats(&object.root) => Err(repeat.clone()),
        _ => Ok(()),
    }
}

/// Whether a key stands twice in one mapping.
fn has_repeats(node: &Draft) -> bool {
    let mut seen = BTreeSet::new();
    node.entries().iter().any(|(key, value)| !seen.insert(&*key.text) || has_repeats(value))
        || node.items().iter().any(|item| has_repeats(item))
}

/// Takes away every entry that a later one of the same key goes before, as JSON has it.
fn last_wins(node: &mut Arc<Draft>) {
    match &mut Arc::make_mut(node).content {
        Content::Mapping(entries) => {
            let mut seen = BTreeSet::new();
            entries.reverse();
            entries.retain(|(key, _)| seen.insert(Arc::clone(&key.text)));
            entries.reverse();
            entries.iter_mut().for_each(|(_, value)| last_wins(value));
        }
        Content::Sequence(items) => items.iter_mut().for_each(last_wins),
        Content::Scalar(..) => {}
    }
}

/// What was read of the text of a scalar, with problems at their place in the file.
fn in_file(read: Result<Trees, Problem>, inline: &Inline) -> Result<Trees, Problem> {
    let moved = |problem: Problem| Problem { place: problem.place.map(|place| inline.place(place).0), ..problem };
    let read = read.map_err(moved)?;
    Ok(Trees { repeat: read.repeat.map(moved), ..read })
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn patch_of(read: Trees, place: &dyn Fn(Span) -> (Span, bool), entry: Span) -> Result<Patch, Problem> {
    let nothing = || Ok(Patch::Merge(Merges { patches: Vec::new(), repeat: None }));
    let Some(first) = read.read.first() else { return nothing() };
    match first.root().kind() {
        // what begins with a bracket is read as JSON, which `[{op: remove}]` is not
        NodeKind::Sequence if first.source().text().starts_with('[') && !is_json(first.source().text()) => {
            let message = "operations that begin with `[` are read as JSON, and these are none: put names and values in \
                           quotes, or write a list of YAML";
            Err(Problem::new(Reason::Refused, entry, message))
        }
        // what follows the first document is not read
        NodeKind::Sequence => {
            let mut operations = Draft::of(first.root(), Reading::Kubernetes, place);
            if read.repeat.is_some() {
                last_wins(&mut operations);
            }
            Ok(Patch::Json(operations))
        }
        NodeKind::Mapping => merges_of(read, place).map(Patch::Merge),
        NodeKind::Scalar if first.root().is_null() => nothing(),
        NodeKind::Scalar => {
            Err(Problem::new(Reason::Refused, entry, "this is neither an object nor a list of operations"))
        }
    }
}

/// Refuses two objects of one id, for which Kustomize looks when it has merged a patch.
fn no_twins(objects: &[Object], entry: Span) -> Result<(), Problem> {
    let mut names = FxHashSet::default();
    // mostly no two share a name
    if objects.iter().all(|object| names.insert((object.name(), object.kind()))) {
        return Ok(());
    }
    let mut taken = Taken::by(&[]);
    match objects.iter().map(Object::id).find(|id| !taken.insert(id)) {
        Some(id) => {
            let message = format!("two objects of the build are {} by now", id.told());
            Err(Problem::new(Reason::Duplicate, entry, message))
        }
        None => Ok(()),
    }
}

/// Whether anything is left of an object.
pub(super) fn is_something(object: &Object) -> bool {
    !object.root.entries().is_empty()
}

/// Kustomize writes labels and annotations of such a patch anew, as text: `null` in them takes nothing away.
fn spelt(patch: &Object) -> Object {
    let mut patch = patch.clone();
    for field in ["labels", "annotations"] {
        patch.spell(field);
    }
    // and a namespace that is none, not at all
    let is_none = |space: &Draft| !matches!(space.content, Content::Scalar(..));
    if patch.root.at(&["metadata", "namespace"]).is_some_and(is_none)
        && let Some(meta) = patch.edit().get_mut("metadata")
    {
        Arc::make_mut(meta).remove("namespace");
    }
    patch
}

fn merge_by_id(
    objects: &mut Vec<Object>,
    patch: &Object,
    here: &Here<'_>,
    what: &'static str,
    entry: Span,
    allow: (bool, bool),
) -> Result<(), Problem> {
    let id = patch.id();
    let mut found = objects.iter_mut().filter(|object| object.goes_by(&id));
    let (Some(object), None) = (found.next(), found.next()) else {
        let several = objects.iter().filter(|object| object.goes_by(&id)).count();
        let count = if several == 0 { "no object".to_owned() } else { format!("{several} objects") };
        let message = format!("the patch is for {}, and {count} of the build goes by that", id.told());
        return Err(Problem::new(Reason::NoTarget, entry, message));
    };
    let grounds = Grounds::of(patch.places().chain(object.places()));
    merge(object, patch, &patch.gvk(), here, (what, entry, grounds), allow)?;
    objects.retain(is_something);
    Ok(())
}

/// Merges a patch, whose lists are those of the kind `own` where Kustomize does not know the object's.
fn merge(
    object: &mut Object,
    patch: &Object,
    own: &Gvk,
    here: &Here<'_>,
    (what, entry, grounds): (&'static str, Span, Grounds),
    (name, kind): (bool, bool),
) -> Result<(), Problem> {
    if name || kind {
        object.remember()?;
    }
    if std::mem::take(&mut object.untyped) {
        type_made(&mut object.root);
    }
    here.merged.set(true);
    let old = Arc::clone(&object.root);
    let schema = shape_of(&object.gvk(), here.shape).or_else(|| shape_of(own, here.shape));
    let known = schema.is_some();
    let merged = Merge { what, entry, schema, grounds }
        .run(&object.root, &patch.root)
        .map_err(|clash| Problem::new(clash.reason, clash.place, clash.message))?;
    let Some(merged) = merged else {
        Arc::make_mut(&mut object.root).content = Content::Mapping(Vec::new());
        return Ok(());
    };
    object.root = merged;
    if !is_something(object) {
        return Ok(());
    }
    if !known {
        silent::note_dropped(here.silence, object, &old);
    }
    let mut keep = |path: &[&str]| {
        let value = old.at(path).map(|value| Arc::new(value.clone()));
        let root = object.edit();
        match (path, value) {
            ([key], Some(value)) => root.set(key, entry, value),
            (["metadata", key], value) => {
                if root.get("metadata").is_none() && value.is_some() {
                    root.set("metadata", entry, Draft::mapping(crate::yaml::Origin::made(what, entry)));
                }
                let Some(meta) = root.get_mut("metadata") else { return };
                let meta = Arc::make_mut(meta);
                match value {
                    Some(value) => meta.set(key, entry, value),
                    None => {
                        meta.remove(key);
                    }
                }
            }
            _ => {}
        }
    };
    keep(&["apiVersion"]);
    if !kind {
        keep(&["kind"]);
    }
    if !name {
        keep(&["metadata", "name"]);
    }
    keep(&["metadata", "namespace"]);
    object.renamed = !name;
    Ok(())
}

/// A patch finds the mapping of annotations in which Kustomize keeps its notes.
fn open_annotations(object: &mut Object, entry: Span) {
    if object.root.at(&["metadata", "annotations"]).is_none_or(Draft::is_null)
        && let Some(meta) = object.edit().get_mut("metadata")
    {
        let made = crate::yaml::Origin::made("patches", entry);
        Arc::make_mut(meta).set("annotations", entry, Draft::mapping(made));
    }
}

fn json(object: &mut Object, patch: &Draft, entry: Span, grounds: &Grounds) -> Result<(), Problem> {
    let was_named = !object.name().is_empty();
    if let Some(problem) = super::replace::mistyped(object) {
        return Err(problem);
    }
    if object.is_noted() {
        open_annotations(object, entry);
    }
    object.part();
    object.untyped = false;
    object.imaged = false;
    object.renamed = false;
    as_json(&mut object.root);
    json_patch::apply(&mut object.root, patch, entry, grounds)
        .map_err(|refusal| Problem::new(Reason::Refused, refusal.place, refusal.message))?;
    as_json(&mut object.root);
    spelt_anew(&mut object.root);
    if let Some(text) = misread(&object.root) {
        let message = "a text that begins with a tab, and Kustomize cannot read again what it writes of it";
        return Err(Problem::new(Reason::Refused, text.origin.written, message));
    }
    short_numbers(object);
    object.spell("annotations");
    if was_named && object.name().is_empty() {
        object.unnamed = Some(entry);
    }
    Ok(())
}

/// Kustomize writes the object anew as YAML: text gets the quotes that it needs, and loses others.
fn spelt_anew(node: &mut Arc<Draft>) {
    fn spelling(draft: &Draft) -> Spelling {
        match &draft.content {
            Content::Scalar(text, Type::Str) if !is_written_plainly(text) => Spelling::Quoted,
            _ => Spelling::Plain,
        }
    }
    fn differs(draft: &Draft) -> bool {
        match &draft.content {
            Content::Mapping(entries) => entries.iter().any(|(_, value)| differs(value)),
            Content::Sequence(items) => items.iter().any(|item| differs(item)),
            Content::Scalar(..) => draft.origin.spelling() != spelling(draft),
        }
    }
    if !differs(node) {
        return;
    }
    let new = spelling(node);
    let draft = Arc::make_mut(node);
    match &mut draft.content {
        Content::Mapping(entries) => entries.iter_mut().for_each(|(_, value)| spelt_anew(value)),
        Content::Sequence(items) => items.iter_mut().for_each(spelt_anew),
        Content::Scalar(..) => draft.origin.set_spelling(new),
    }
}

/// What is written into an annotation as a number becomes text as Go's YAML writes numbers: `1e+06`.
fn short_numbers(object: &mut Object) {
    let short = |draft: &Draft| match (&draft.content, draft.scalar()?) {
        #[expect(clippy::cast_precision_loss, reason = "Kustomize loses it")]
        (Content::Scalar(_, Type::Plain), Scalar::Int(value)) => Some(short_float(value as f64)),
        #[expect(clippy::cast_precision_loss, reason = "Kustomize loses it")]
        (Content::Scalar(_, Type::Plain), Scalar::UInt(value)) => Some(short_float(value as f64)),
        (Content::Scalar(_, Type::Plain), Scalar::Float(value)) => Some(short_float(value)),
        _ => None,
    };
    let notes = |root: &Draft| {
        root.at(&["metadata", "annotations"])
            .is_some_and(|notes| notes.entries().iter().any(|(_, value)| short(value).is_some()))
    };
    if !notes(&object.root) {
        return;
    }
    let Some(meta) = object.edit().get_mut("metadata") else { return };
    let Some(notes) = Arc::make_mut(meta).get_mut("annotations") else { return };
    if let Content::Mapping(entries) = &mut Arc::make_mut(notes).content {
        for (_, value) in entries {
            if let Some(text) = short(value) {
                Arc::make_mut(value).content = Content::Scalar(text.into(), Type::Str);
            }
        }
    }
}

fn misread(node: &Draft) -> Option<&Draft> {
    match &node.content {
        Content::Mapping(entries) => entries.iter().find_map(|(_, value)| misread(value)),
        Content::Sequence(items) => items.iter().find_map(|item| misread(item)),
        Content::Scalar(text, _) => is_misread(text).then_some(node),
    }
}

/// What a replacement made has no type at first, and a merge makes text of it that would read as something else.
fn type_made(node: &mut Arc<Draft>) {
    let made = |draft: &Draft| draft.origin.steps.iter().any(|step| step.what == "created");
    match &mut Arc::make_mut(node).content {
        Content::Mapping(entries) => entries.iter_mut().for_each(|(_, value)| type_made(value)),
        Content::Sequence(items) => items.iter_mut().for_each(type_made),
        Content::Scalar(text, Type::Plain) => {
            let text = Arc::clone(text);
            if made(node) {
                Arc::make_mut(node).content = Content::Scalar(text, Type::Str);
            }
        }
        Content::Scalar(..) => {}
    }
}

/// A JSON patch changes what the object is as JSON: a date is a time, `0o17` is 15, and nothing is `null`.
fn as_json(node: &mut Arc<Draft>) {
    fn spelt(draft: &Draft) -> Option<(String, Type)> {
        let Content::Scalar(text, kind) = &draft.content else { return None };
        let new = match kind {
            Type::Str => (draft.read_again()?, Type::Str),
            Type::Null | Type::Empty => ("null".to_owned(), Type::Null),
            Type::Bare => (String::new(), Type::Str),
            Type::Plain => match (draft.read_again(), draft.scalar()?) {
                (Some(time), _) => (time, Type::Str),
                (None, Scalar::Bool(value)) => (value.to_string(), Type::Plain),
                // Go's JSON knows no numbers but those of 64 bits with a point
                #[expect(clippy::cast_precision_loss, reason = "Kustomize loses it")]
                (None, Scalar::Int(value)) => (float(value as f64), Type::Plain),
                #[expect(clippy::cast_precision_loss, reason = "Kustomize loses it")]
                (None, Scalar::UInt(value)) => (float(value as f64), Type::Plain),
                (None, Scalar::Float(value)) => (float(value), Type::Plain),
                (None, Scalar::Str(text)) => (text.to_owned(), Type::Str),
                (None, Scalar::Null) => ("null".to_owned(), Type::Null),
            },
        };
        (*new.0 != **text || new.1 != *kind).then_some(new)
    }
    fn differs(draft: &Draft) -> bool {
        match &draft.content {
            Content::Mapping(entries) => entries.iter().any(|(_, value)| differs(value)),
            Content::Sequence(items) => items.iter().any(|item| differs(item)),
            Content::Scalar(..) => spelt(draft).is_some(),
        }
    }
    if !differs(node) {
        return;
    }
    let draft = Arc::make_mut(node);
    if let Some((text, kind)) = spelt(draft) {
        draft.content = Content::Scalar(text.into(), kind);
        draft.origin.set_spelling(Spelling::Plain);
        return;
    }
    match &mut draft.content {
        Content::Mapping(entries) => entries.iter_mut().for_each(|(_, value)| as_json(value)),
        Content::Sequence(items) => items.iter_mut().for_each(as_json),
        Content::Scalar(..) => {}
    }
}

/// Notes what stands behind the first document of a JSON patch.
fn note_unread(here: &Here<'_>, trees: &[Arc<Tree>], place: &dyn Fn(Span) -> (Span, bool)) {
    if let [first, second, ..] = trees
        && first.root().kind() == NodeKind::Sequence
    {
        let place = place(second.root().handle()).0;
        silent::note(here.silence, Idle::Document, String::new(), place);
    }
}

/// Notes a target that selects nothing.
fn note(here: &Here<'_>, item: Node<'_>, target: Option<&Selector>, objects: &[Object]) -> Result<(), Problem> {
    let Some((target, node)) = target.zip(item.at(&["target"])) else { return Ok(()) };
    for object in objects {
        if target.selects(object)? {
            return Ok(());
        }
    }
    silent::note_target(here.silence, Idle::Patch, node, objects);
    Ok(())
}
