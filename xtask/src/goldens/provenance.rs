//! Where rendered values come from, proven: what is said to stand at a place is read there again; and scalars that
//! people wrote are changed one at a time, to see whether each rendered value that changes names the changed one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll::overlay::kustomize::{Rendered, Renderer};
use plimsoll::source::{Absence, Entry, Snapshot, Source, SourceId, Span, Store, walk};
use plimsoll::yaml::{Content, Draft, Node, NodeKind, Origin, Type, documents};

use super::Root;
use crate::random::Random;

/// What values are, by where they come from, with how many of them hold what is said.
#[derive(Default)]
pub struct Classes {
    literal: usize,
    decoded: usize,
    composed: usize,
    made: usize,
    lost: usize,
    /// By what wrote a value last: how many there are, and how many are what is read at their place.
    writers: BTreeMap<&'static str, (usize, usize)>,
    failing: Vec<String>,
    /// The scalars of files by their places.
    known: BTreeMap<SourceId, BTreeMap<(u32, u32), Vec<String>>>,
}

impl Classes {
    /// The numbers of files mean others in the next repository.
    pub fn begin(&mut self) {
        self.known.clear();
    }

    pub fn add(&mut self, draft: &Draft, snapshot: &Snapshot) {
        match &draft.content {
            Content::Mapping(entries) => entries.iter().for_each(|(_, value)| self.add(value, snapshot)),
            Content::Sequence(items) => items.iter().for_each(|item| self.add(item, snapshot)),
            Content::Scalar(text, kind) => {
                let origin = &draft.origin;
                let Ok(source) = snapshot.source(origin.written.source) else {
                    self.lost += 1;
                    return;
                };
                let held = self.is_held(source, origin.written, text, *kind, snapshot);
                let writer =
                    self.writers.entry(origin.steps.last().map_or("as written", |step| step.what)).or_default();
                writer.0 += 1;
                writer.1 += usize::from(held);
                // nothing encoded is nothing: `KEY=` of an env file as a Secret's value
                let empty = origin.written.is_empty() && text.is_empty();
                if origin.exact || empty {
                    self.literal += 1;
                    if held {
                        self.decoded += 1;
                    } else if self.failing.len() < 20 {
                        let held = source.slice(origin.written);
                        self.failing.push(format!("{}: `{held}` is told to be `{text}`", source.path()));
                    }
                } else if !origin.written.is_empty() && origin.steps.iter().all(|step| !step.entry.is_empty()) {
                    let made = origin.steps.first().is_some_and(|step| step.entry == origin.written);
                    if made && origin.parts.is_empty() {
                        self.made += 1;
                    } else {
                        self.composed += 1;
                    }
                } else {
                    self.lost += 1;
                    if self.failing.len() < 20 {
                        self.failing.push(format!("{}: `{text}` has no place", source.path()));
                    }
                }
            }
        }
    }

    fn is_held(&mut self, source: &Arc<Source>, span: Span, text: &str, kind: Type, snapshot: &Snapshot) -> bool {
        let written = source.slice(span);
        if written == text || (written.is_empty() && kind == Type::Empty) {
            return true;
        }
        let known = self.known.entry(span.source).or_insert_with(|| {
            let mut known = BTreeMap::new();
            for document in documents(source) {
                if let Some(tree) = &document.tree {
                    read(tree.root(), &mut known);
                }
            }
            known
        });
        if known.get(&(span.start, span.end)).is_some_and(|texts| texts.iter().any(|one| one == text)) {
            return true;
        }
        // within the text of another scalar: what stands there is read alone
        if alone(written).as_deref() == Some(text) {
            return true;
        }
        // a file that a generator takes as it is
        snapshot.bytes(span.source).is_ok_and(|bytes| bytes == text.as_bytes())
    }

    pub fn tell(&self) {
        let all = self.literal + self.composed + self.made + self.lost;
        let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        println!("of {all} scalars in what was rendered");
        println!("  literal                       {:7}  {:.2} %", self.literal, share(self.literal, all));
        println!("    and its place reads so      {:7}  {:.3} %", self.decoded, share(self.decoded, self.literal));
        println!("  composed of several places    {:7}  {:.2} %", self.composed, share(self.composed, all));
        println!("  made by an entry              {:7}  {:.2} %", self.made, share(self.made, all));
        println!("  without a place               {:7}", self.lost);
        println!("by what wrote them last, and how many are what their place reads as");
        for (what, (count, held)) in &self.writers {
            println!("  {what:28}  {count:7}  {held:7}  {:.2} %", share(*held, *count));
        }
        for line in &self.failing {
            println!("    {line}");
        }
    }
}

fn read(node: Node<'_>, known: &mut BTreeMap<(u32, u32), Vec<String>>) {
    match node.kind() {
        NodeKind::Scalar => {
            let span = node.anchored().unwrap_or(node.span());
            let texts = known.entry((span.start, span.end)).or_default();
            texts.push(node.text().unwrap_or("").to_owned());
            // a boolean is written anew
            texts.push(node.key_text().into_owned());
        }
        NodeKind::Sequence => node.items().for_each(|item| read(item, known)),
        NodeKind::Mapping => node.written_entries().for_each(|entry| {
            read(entry.key, known);
            read(entry.value, known);
        }),
    }
}

/// What a piece of YAML says when it is the value of a key.
fn alone(written: &str) -> Option<String> {
    let text = format!("x: {written}");
    let source = Arc::new(Source::new(SourceId(0), "alone.yaml", text.into_bytes()));
    let tree = documents(&source).into_iter().next()?.tree?;
    let value = tree.root().get("x")?;
    Some(value.text()?.to_owned())
}

/// A repository in which one file is another.
struct Changed {
    root: PathBuf,
    path: String,
    bytes: Vec<u8>,
}

impl Store for Changed {
    fn read(&self, path: &str) -> Result<Vec<u8>, Absence> {
        if path == self.path {
            return Ok(self.bytes.clone());
        }
        std::fs::read(self.root.join(path)).map_err(|error| Absence::Unreadable(error.to_string()))
    }
}

/// Changes scalars one at a time.
pub fn experiment(corpus: &Path, by_repository: &BTreeMap<String, Vec<Root>>, count: usize, seed: u64) {
    let mut random = Random::of(seed);
    let mut total = Total::default();
    let repositories: Vec<_> =
        by_repository.iter().filter(|(_, roots)| roots.iter().any(|root| root.status == "ok")).collect();
    println!("{count} scalars changed one at a time, drawn by the seed {seed}");
    let per = count.div_ceil(repositories.len());
    let mut left = count;
    while left > 0 {
        let Some((name, roots)) = repositories.get(random.below(repositories.len())) else { return };
        let roots: Vec<_> = roots.iter().filter(|root| root.status == "ok").collect();
        let place = corpus.join(name);
        let listing = walk(&place, &[String::new()], &[String::new()], &|_| true);
        let entries = listing.entries.clone();
        let snapshot = listing.snapshot();
        let renderer = Renderer::new(&snapshot, false);
        for _ in 0..per.min(left) {
            let Some(root) = roots.get(random.below(roots.len())) else { break };
            let Ok(before) = renderer.render(&root.folder) else { break };
            left -= 1;
            let files = files(&before);
            let Some(file) = files.iter().nth(random.below(files.len().max(1))) else { continue };
            let Ok(source) = snapshot.source(*file) else { continue };
            let mut places = Vec::new();
            for document in documents(source) {
                if let Some(tree) = &document.tree {
                    scalars(tree.root(), source, &mut places);
                }
            }
            if places.is_empty() {
                continue;
            }
            let Some((at, new)) = places.get(random.below(places.len())) else { continue };
            one(&place, &entries, &before, root, source, *at, new, &mut total);
        }
    }
    total.tell();
}

#[derive(Default)]
struct Total {
    drawn: usize,
    refused: usize,
    unseen: usize,
    changed: usize,
    named: usize,
    /// Of those that do not, those that name the entry in which it stands.
    asked: usize,
    /// And those whose object goes by it: which of them an entry means depends on it.
    identity: usize,
    kept: usize,
    unmoved: usize,
    missing: BTreeMap<String, usize>,
}

impl Total {
    fn tell(&self) {
        let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        println!("  changed                       {:7}", self.drawn);
        println!("  the build is refused then     {:7}", self.refused);
        println!("  nothing changes               {:7}", self.unseen);
        println!("  rendered values that changed  {:7}", self.changed);
        println!("    and name the scalar         {:7}  {:.2} %", self.named, share(self.named, self.changed));
        let asked = self.named + self.asked;
        println!("    or the entry that it is in  {:7}  {:.2} %", self.asked, share(asked, self.changed));
        let all = asked + self.identity;
        println!("    or their object goes by it  {:7}  {:.2} %", self.identity, share(all, self.changed));
        println!("  rendered values that stayed   {:7}", self.kept);
        println!("    and their last writer too   {:7}  {:.3} %", self.unmoved, share(self.unmoved, self.kept));
        let mut missing: Vec<_> = self.missing.iter().collect();
        missing.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (told, count) in missing.into_iter().take(60) {
            println!("    {count:5}  {told}");
        }
    }
}

/// The files that have a part in a build.
fn files(objects: &[Rendered]) -> BTreeSet<SourceId> {
    fn add(draft: &Draft, out: &mut BTreeSet<SourceId>) {
        match &draft.content {
            Content::Mapping(entries) => entries.iter().for_each(|(_, value)| add(value, out)),
            Content::Sequence(items) => items.iter().for_each(|item| add(item, out)),
            Content::Scalar(..) => out.extend(spans(&draft.origin).map(|span| span.source)),
        }
    }
    let mut out = BTreeSet::new();
    objects.iter().for_each(|object| add(object.draft(), &mut out));
    out
}

fn spans(origin: &Origin) -> impl Iterator<Item = Span> {
    let parts = origin.parts.iter().copied();
    let steps = origin.steps.iter().map(|step| step.entry).chain(origin.grounds());
    std::iter::once(origin.written).chain(parts).chain(origin.via).chain(steps)
}

/// The scalars of a file that can be changed, each with what is written in its stead.
fn scalars(node: Node<'_>, source: &Source, out: &mut Vec<(Span, String)>) {
    match node.kind() {
        NodeKind::Mapping => node.written_entries().for_each(|entry| scalars(entry.value, source, out)),
        NodeKind::Sequence => node.items().for_each(|item| scalars(item, source, out)),
        NodeKind::Scalar => {
            let span = node.span();
            let written = source.slice(span);
            if node.anchored().is_some() || span.is_empty() || written.contains('\n') || node.is_null() {
                return;
            }
            let number = written.bytes().all(|byte| byte.is_ascii_digit());
            let new = match written.strip_suffix(['"', '\'']) {
                Some(body) => format!("{body}x{}", &written[body.len()..]),
                None if number => format!("{written}1"),
                None if written == "true" => "false".to_owned(),
                None if written == "false" => "true".to_owned(),
                None => format!("{written}x"),
            };
            out.push((span, new));
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one step of a loop")]
fn one(
    place: &Path,
    entries: &[Entry],
    before: &[Rendered],
    root: &Root,
    source: &Source,
    at: Span,
    new: &str,
    total: &mut Total,
) {
    total.drawn += 1;
    let text = source.text();
    let (Some(head), Some(tail)) = (text.get(..at.start as usize), text.get(at.end as usize..)) else { return };
    let store = Changed {
        root: place.to_path_buf(),
        path: source.path().to_owned(),
        bytes: format!("{head}{new}{tail}").into_bytes(),
    };
    let snapshot = Snapshot::new(entries.to_vec(), Box::new(store));
    let Ok(after) = Renderer::new(&snapshot, false).render(&root.folder) else {
        total.refused += 1;
        return;
    };
    let shift = i64::try_from(new.len()).unwrap_or(0) - i64::from(at.len());
    let moved = |span: Span| {
        if span.source != at.source {
            return span;
        }
        let by = |offset: u32| u32::try_from(i64::from(offset) + shift).unwrap_or(offset);
        let start = if span.start >= at.end { by(span.start) } else { span.start };
        let end = if span.end >= at.end { by(span.end) } else { span.end };
        Span::new(span.source, start, end)
    };
    let same = |span: Span| span;
    let identities = identities(before, &moved);
    let (old, fresh) = (leaves(before, &moved), leaves(&after, &same));
    let mut any = false;
    for (path, (text, origin)) in &fresh {
        match old.get(path) {
            Some((was, writer)) if was == text => {
                total.kept += 1;
                let last = |origin: &Origin, moved: &dyn Fn(Span) -> Span| {
                    (moved(origin.written), origin.steps.last().map(|step| (step.what, moved(step.entry))))
                };
                if last(writer, &moved) == last(origin, &same) {
                    total.unmoved += 1;
                }
            }
            _ => {
                any = true;
                total.changed += 1;
                let changed = moved(at);
                let meets = |span: Span, at: Span| span.contains(at) || at.contains(span);
                // a value that a patch no longer reaches named it before
                let was = old.get(path).map(|(_, origin)| *origin);
                let before = was.is_some_and(|origin| spans(origin).any(|span| meets(span, at)));
                if before || spans(origin).any(|span| meets(span, changed)) {
                    total.named += 1;
                } else {
                    let goes_by =
                        |(object, span): &(String, Span)| path.starts_with(object.as_str()) && meets(*span, at);
                    let class = if identities.iter().any(goes_by) {
                        total.identity += 1;
                        "its object goes by it"
                    } else if was.into_iter().chain([*origin]).any(|origin| asked(origin, source, at)) {
                        total.asked += 1;
                        "its entry is named"
                    } else {
                        "nothing names it"
                    };
                    let line = text.lines().next().unwrap_or("");
                    let steps: Vec<_> = origin.steps.iter().map(|step| step.what).collect();
                    let told = format!(
                        "{class}: {} {} {}: `{}` -> {} = `{line}` {steps:?}",
                        root.repository,
                        root.folder,
                        source.path(),
                        source.slice(at),
                        path.rsplit(['/']).next().unwrap_or("")
                    );
                    *total.missing.entry(told).or_default() += 1;
                }
            }
        }
    }
    if !any {
        total.unseen += 1;
    }
}

/// Where the kind, the name and the namespace of each object were written, and the beginning of its paths.
fn identities(objects: &[Rendered], moved: &dyn Fn(Span) -> Span) -> Vec<(String, Span)> {
    let paths: [&[&str]; 4] = [&["apiVersion"], &["kind"], &["metadata", "name"], &["metadata", "namespace"]];
    let mut out = Vec::new();
    for object in objects {
        let head = format!("{:?}#", moved(object.draft().origin.written));
        let found = paths.iter().filter_map(|path| object.draft().at(path));
        out.extend(found.flat_map(|one| spans(&one.origin)).map(|span| (head.clone(), span)));
    }
    out
}

/// The values of all objects by their paths; objects and items are told apart by where they were written.
fn leaves<'d>(objects: &'d [Rendered], moved: &dyn Fn(Span) -> Span) -> BTreeMap<String, (&'d str, &'d Origin)> {
    fn add<'d>(
        draft: &'d Draft,
        path: &str,
        moved: &dyn Fn(Span) -> Span,
        out: &mut BTreeMap<String, (&'d str, &'d Origin)>,
    ) {
        match &draft.content {
            Content::Mapping(entries) => {
                entries.iter().for_each(|(key, value)| add(value, &format!("{path}/{}", key.text), moved, out));
            }
            Content::Sequence(items) => {
                let mut seen: BTreeMap<Span, usize> = BTreeMap::new();
                for item in items {
                    let span = moved(item.origin.written);
                    let count = seen.entry(span).or_default();
                    *count += 1;
                    add(item, &format!("{path}/{span:?}#{count}"), moved, out);
                }
            }
            Content::Scalar(text, _) => {
                out.insert(path.to_owned(), (text, &draft.origin));
            }
        }
    }
    let mut out = BTreeMap::new();
    let mut seen: BTreeMap<Span, usize> = BTreeMap::new();
    for object in objects {
        let span = moved(object.draft().origin.written);
        let count = seen.entry(span).or_default();
        *count += 1;
        add(object.draft(), &format!("{span:?}#{count}"), moved, &mut out);
    }
    out
}

/// Whether a step names the entry of a kustomization in which a scalar stands: the target beside the patch.
fn asked(origin: &Origin, source: &Source, at: Span) -> bool {
    let name = source.path().rsplit('/').next().unwrap_or("");
    if !name.to_ascii_lowercase().starts_with("kustomization") {
        return false;
    }
    // an entry begins at the margin of its list and ends where the next one begins
    let text = source.text();
    let entry = |offset: u32| {
        let upto = text.get(..offset as usize).unwrap_or("");
        upto.lines()
            .filter(|line| line.trim_start().starts_with("- ") && line.len() - line.trim_start().len() <= 2)
            .count()
            + upto.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic())).count()
    };
    let own = entry(at.end);
    origin.steps.iter().any(|step| step.entry.source == at.source && entry(step.entry.end) == own)
}
