//! What entries name: files and folders of the snapshot, and the objects in them.

use std::borrow::Cow;
use std::sync::Arc;

use crate::source::{Absence, Encoding, Source, SourceId, Span};
use crate::yaml::{Content, Document, Draft, Node, NodeKind, ProblemKind, Reading, Style, Tree, documents};

use super::super::remote::{Remote, Sought, Vendored};
use super::object::Object;
use super::problem::{Problem, Reason};
use super::{Renderer, Way, Within, string, target};

/// The largest file that a generator takes in. The API server refuses an object of more than 1.5 MB.
const MAX_INPUT: usize = 32 * 1024 * 1024;

/// What is said of an address for which nothing stands.
const FETCHED: &str = "this is fetched from elsewhere, and nothing is fetched here";

/// How many links may lead to each other.
const MAX_LINKS: usize = 16;

impl Renderer<'_> {
    pub(super) fn is_file(&self, id: SourceId) -> bool {
        self.snapshot.entry(id).is_some_and(|entry| match &entry.absence {
            Some(Absence::NotAFile(_) | Absence::Submodule) => false,
            Some(Absence::Link { same_as, .. }) => same_as.is_some(),
            _ => true,
        })
    }

    /// The file that an entry names.
    pub(super) fn file(&self, folder: &str, item: Node<'_>) -> Result<(String, SourceId), Problem> {
        let text = string(item, "a path")?;
        self.file_at(folder, text, item.span())
    }

    pub(super) fn file_at(&self, folder: &str, text: &str, entry: Span) -> Result<(String, SourceId), Problem> {
        if let Some(found) = self.vendored(text, entry)? {
            let file = self.snapshot.find(&found.path).filter(|id| self.is_file(*id));
            return match file {
                Some(id) => Ok((found.path, self.snapshot.behind(id))),
                None => Err(self.not_there(&found, "file", entry)),
            };
        }
        let path = self.path(folder, text, entry)?;
        let Some(id) = self.snapshot.find(&path) else {
            return Err(Problem::new(Reason::Missing, entry, format!("there is no file `{path}`")));
        };
        let id = self.snapshot.behind(id);
        let real = self.snapshot.entry(id).map_or(path.as_str(), |entry| entry.path.as_str());
        let inside = folder.is_empty() || real.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        if !inside && !self.outside {
            let message = format!("`{real}` is not below `{folder}`, and Kustomize reads no files from elsewhere");
            // no option allows it in what is fetched
            let reason = if self.within.is_some() { Reason::Refused } else { Reason::Outside };
            return Err(Problem::new(reason, entry, message));
        }
        Ok((path, id))
    }

    /// The folder that an entry names.
    pub(super) fn folder(&self, folder: &str, item: Node<'_>, stack: &[String]) -> Result<String, Problem> {
        let text = string(item, "a path")?;
        let path = match self.path(folder, text, item.span()) {
            // out of what stands for a repository, and of all that is known
            Err(_) if self.within.is_some() && text.starts_with("..") => text.to_owned(),
            path => path?,
        };
        if let Some(Within { root, whole, url }) = &self.within
            && (!is_in(&path, root) || path.starts_with(".."))
        {
            let (reason, why) = match whole {
                true => (Reason::Refused, "Kustomize takes no base from outside of what it fetches"),
                false => (Reason::Remote, "what is beside it there is not in the repository"),
            };
            let message = format!("`{path}` is not in `{root}`, which stands for {url}: {why}");
            return Err(Problem::new(reason, item.span(), message));
        }
        self.no_cycle(&path, item.span(), stack)?;
        if self.snapshot.below(&path).next().is_none() {
            return Err(Problem::new(Reason::Missing, item.span(), format!("there is no file or folder `{path}`")));
        }
        Ok(path)
    }

    /// The folder that an entry names, and who builds what is in it.
    pub(super) fn lower(&self, folder: &str, item: Node<'_>, way: &Way) -> Result<(Cow<'_, Self>, String), Problem> {
        let text = string(item, "a path")?;
        let Some(found) = self.vendored(text, item.span())? else {
            return Ok((Cow::Borrowed(self), self.folder(folder, item, &way.stack)?));
        };
        self.no_cycle(&found.path, item.span(), &way.stack)?;
        if self.snapshot.below(&found.path).next().is_none() {
            return Err(self.not_there(&found, "file or folder", item.span()));
        }
        Ok((Cow::Owned(self.within(&found)), found.path))
    }

    /// What stands for an address; nothing for a path.
    fn vendored(&self, text: &str, entry: Span) -> Result<Option<Vendored<'_>>, Problem> {
        let refuse = |message: String| Err(Problem::new(Reason::Remote, entry, message));
        match self.remotes.find(text) {
            Sought::Local => Ok(None),
            Sought::Found(found) => Ok(Some(found)),
            Sought::Unknown => refuse(FETCHED.to_owned()),
            Sought::OtherRef { wanted, other } => {
                let of = other.git_ref.as_deref().unwrap_or("");
                let wanted = if wanted.is_empty() { "no ref".to_owned() } else { format!("`{wanted}`") };
                refuse(format!("this asks for {wanted}, and `{}` holds `{of}` of {}", other.folder, other.url))
            }
        }
    }

    /// What is said of an address that stands for nothing that is there.
    fn not_there(&self, found: &Vendored<'_>, what: &str, entry: Span) -> Problem {
        let Remote { url, folder, written, .. } = found.remote;
        let whole = self.snapshot.find(folder).and_then(|id| self.snapshot.entry(id)?.absence.as_ref());
        let (reason, message) = match whole {
            Some(Absence::NotAFile(why)) => {
                (Reason::Absent, format!("`{written}` stands for this by {url}, and {why}"))
            }
            _ => (Reason::Remote, format!("there is no {what} `{}`, which stands for this by {url}", found.path)),
        };
        Problem::new(reason, entry, message)
    }

    /// The path within the snapshot that an entry means, links to folders followed.
    pub(super) fn known(&self, folder: &str, text: &str) -> Option<String> {
        let mut path = target(folder, text)?;
        for _ in 0..MAX_LINKS {
            let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
            let next = ends.filter_map(|end| path.split_at_checked(end)).find_map(|(head, rest)| {
                let entry = self.snapshot.find(head).and_then(|id| self.snapshot.entry(id))?;
                let Some(Absence::Link { target, same_as: None, .. }) = &entry.absence else { return None };
                let to = super::super::resolve(super::super::folder_of(head), target.trim_end_matches('/'))?;
                Some(format!("{to}{rest}"))
            });
            match next {
                Some(next) => path = next,
                None => break,
            }
        }
        Some(path)
    }

    fn path(&self, folder: &str, text: &str, entry: Span) -> Result<String, Problem> {
        if let Some(path) = self.known(folder, text) {
            return Ok(path);
        }
        if text.starts_with('/') {
            return Err(Problem::new(Reason::Outside, entry, "an absolute path, which Kustomize refuses"));
        }
        if text.starts_with('.') {
            return Err(Problem::new(Reason::Outside, entry, "the path leads out of the repository"));
        }
        Err(Problem::new(Reason::Remote, entry, FETCHED))
    }

    /// The trees of a file.
    pub(super) fn trees(&self, id: SourceId, entry: Span) -> Result<Vec<Arc<Tree>>, Problem> {
        self.read(id, entry)?.strictly()
    }

    /// The same where a key may stand twice.
    pub(super) fn read(&self, id: SourceId, entry: Span) -> Result<Read<Vec<Arc<Tree>>>, Problem> {
        let source =
            self.snapshot.source(id).map_err(|why| Problem::new(Reason::Unreadable, entry, why.to_string()))?;
        parse(source)
    }

    /// The tree of a file of which Kustomize reads the first document; nothing if there is nothing in it.
    pub(super) fn first_tree(&self, id: SourceId, entry: Span) -> Result<Option<Read>, Problem> {
        let source =
            self.snapshot.source(id).map_err(|why| Problem::new(Reason::Unreadable, entry, why.to_string()))?;
        first(source)
    }

    /// The objects of a file.
    pub(super) fn objects(&self, id: SourceId, entry: Span) -> Result<Vec<Object>, Problem> {
        objects(&self.trees(id, entry)?, &|span| (span, true))
    }

    /// The bytes of a file, for a generator.
    pub(super) fn bytes(&self, id: SourceId, entry: Span) -> Result<Vec<u8>, Problem> {
        let source =
            self.snapshot.source(id).map_err(|why| Problem::new(Reason::Unreadable, entry, why.to_string()))?;
        let plain = source.problem().is_none() && source.encoding() == Encoding::Utf8;
        let bytes = if plain {
            source.text().as_bytes().to_vec()
        } else {
            self.snapshot.bytes(id).map_err(|why| Problem::new(Reason::Unreadable, entry, why.to_string()))?
        };
        if bytes.len() > MAX_INPUT {
            let message = format!("a file of {} MiB: no object may be that large", bytes.len() >> 20);
            return Err(Problem::new(Reason::Limit, entry, message));
        }
        Ok(bytes)
    }
}

/// Whether a path is a folder or below it.
fn is_in(path: &str, folder: &str) -> bool {
    folder.is_empty() || path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// What was read, and what is to be said where a key stands twice in one mapping of it: Kustomize refuses that in objects, and
/// lets it pass in most of what is said of them.
pub(super) struct Read<T = Arc<Tree>> {
    pub read: T,
    pub repeat: Option<Problem>,
}

impl<T> Read<T> {
    /// What was read, if no key stands twice.
    pub fn strictly(self) -> Result<T, Problem> {
        self.repeat.map_or(Ok(self.read), Err)
    }
}

/// The documents of a text, none of them broken.
pub(super) fn parse(source: &Arc<Source>) -> Result<Read<Vec<Arc<Tree>>>, Problem> {
    judged(documents(source))
}

/// The first document of a text, as go-yaml takes it: comments before a line of dashes are none, and behind it they are.
pub(super) fn first(source: &Arc<Source>) -> Result<Option<Read>, Problem> {
    let mut documents = documents(source).into_iter();
    let first = documents.next().filter(|first| !first.is_empty() || first.span.start > 0);
    let first = first.or_else(|| documents.next());
    let Read { read, repeat } = judged(first.into_iter().collect())?;
    Ok(read.into_iter().next().map(|read| Read { read, repeat }))
}

fn judged(documents: Vec<Document>) -> Result<Read<Vec<Arc<Tree>>>, Problem> {
    let mut repeat = None;
    for one in documents.iter().flat_map(|one| &one.problems) {
        let problem = || match one.kind {
            ProblemKind::Template => Problem::new(Reason::Unreadable, one.span, "a text template"),
            _ => Problem::new(Reason::Unreadable, one.span, one.message.clone()),
        };
        match one.kind {
            ProblemKind::DuplicateKey => repeat = repeat.or_else(|| Some(problem())),
            // nobody reads it
            ProblemKind::Unread => {}
            _ => return Err(problem()),
        }
    }
    let read: Vec<Arc<Tree>> = documents.into_iter().filter_map(|one| one.tree).collect();
    for tree in &read {
        // operations that begin with a bracket are read as JSON
        if tree.root().kind() != NodeKind::Sequence || !tree.source().text().starts_with('[') {
            no_odd_escapes(tree)?;
        }
    }
    Ok(Read { read, repeat })
}

/// Kustomize reads JSON as YAML, and its reader refuses a slash behind a backslash and halves of signs (`\ud83d\ude00`).
pub(super) fn no_odd_escapes(tree: &Tree) -> Result<(), Problem> {
    let source = tree.source();
    let text = source.text();
    if !["\\/", "\\ud", "\\uD"].iter().any(|escape| text.contains(escape)) {
        return Ok(());
    }
    let of_tree = |at| tree.node(at);
    let scalars = (0..u32::try_from(tree.len()).unwrap_or(u32::MAX)).map(of_tree).filter(|node| {
        node.kind() == NodeKind::Scalar && node.anchored().is_none() && source.slice(node.span()).starts_with('"')
    });
    for node in scalars {
        let mut rest = source.slice(node.span());
        while let Some((_, behind)) = rest.split_once('\\') {
            let half = behind.get(..3).is_some_and(|code| {
                code.starts_with(['u'])
                    && matches!(code.as_bytes(), [_, b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F'])
            });
            let message = match behind.chars().next() {
                Some('/') => "`\\/` in a text, which Kustomize refuses in JSON too: write `/`",
                Some('u') if half => {
                    "half a sign in a text (`\\ud83d`), which Kustomize refuses in JSON too: write the sign itself"
                }
                Some(sign) => {
                    rest = behind.get(sign.len_utf8()..).unwrap_or("");
                    continue;
                }
                None => break,
            };
            return Err(Problem::new(Reason::Unreadable, node.span(), message));
        }
    }
    Ok(())
}

/// The objects of some documents: lists unfolded, empty documents dropped.
pub(super) fn objects(trees: &[Arc<Tree>], place: &dyn Fn(Span) -> (Span, bool)) -> Result<Vec<Object>, Problem> {
    if let Some(second) = trees.iter().find_map(|tree| tree.second_merge()) {
        let message = "a second `<<` in one mapping, which Kustomize refuses: merge both with one, `<<: [*a, *b]`";
        return Err(Problem::new(Reason::Unreadable, place(second.span()).0, message));
    }
    objects_in(trees.iter().map(|tree| Draft::of(tree.root(), Reading::Kustomize, place)))
}

/// The same of what was read already.
pub(super) fn objects_in(drafts: impl Iterator<Item = Arc<Draft>>) -> Result<Vec<Object>, Problem> {
    let mut out = Vec::new();
    let mut queue: std::collections::VecDeque<Arc<Draft>> = drafts.collect();
    let mut at = 0;
    while let Some(draft) = queue.pop_front() {
        at += 1;
        if draft.is_null() || matches!(&draft.content, Content::Mapping(entries) if entries.is_empty()) {
            continue;
        }
        let refuse = |message: String| Problem::new(Reason::Unreadable, draft.origin.written, message);
        if !matches!(draft.content, Content::Mapping(_)) {
            return Err(refuse("a document that is no object".to_owned()));
        }
        let object = Object::new(Arc::clone(&draft));
        let kind = object.kind().to_owned();
        if kind.is_empty() {
            return Err(refuse("an object without a `kind`".to_owned()));
        }
        let is_list = kind.ends_with("List");
        if is_list && let Some(items) = draft.get("items") {
            queue.extend(items.items().iter().cloned());
            continue;
        }
        if object.name().is_empty() && !is_list {
            return Err(refuse(format!("a {kind} without `metadata.name` ({at})")));
        }
        out.push(object);
    }
    Ok(out)
}

/// The text in a scalar as a source of its own, with a way back: where in the file each of its spans is.
pub(super) struct Inline {
    pub source: Arc<Source>,
    whole: Span,
    /// So many bytes of the text go before it.
    before: u32,
    /// For each line of the text: where it begins in it, and where in the file; none where the two differ.
    lines: Vec<(u32, Option<u32>)>,
}

impl Inline {
    /// The text without the blanks around it: a block at its end loses its last line break.
    pub fn trimmed(outer: &Source, node: Node<'_>) -> Self {
        let text = node.text().unwrap_or("");
        let mut inline = Self::new(outer, node);
        let before = text.len() - text.trim_start().len();
        inline.before = u32::try_from(before).unwrap_or(0);
        inline.source = Arc::new(Source::new(inline.whole.source, outer.path(), text.trim().as_bytes().to_vec()));
        inline
    }

    pub fn new(outer: &Source, node: Node<'_>) -> Self {
        let text = node.text().unwrap_or("");
        let whole = node.anchored().unwrap_or(node.span());
        let source = Arc::new(Source::new(whole.source, outer.path(), text.as_bytes().to_vec()));
        let mut lines = Vec::new();
        if node.kind() == NodeKind::Scalar && node.style() == Style::Block {
            let body = outer.slice(whole);
            // the span may begin at the header or at the text
            let header = body.starts_with(['|', '>']);
            let first = if header { body.find('\n').map_or(body.len(), |at| at + 1) } else { 0 };
            let mut from = whole.start as usize + first;
            let mut begin = 0;
            for line in text.split_inclusive('\n') {
                let rest = outer.text().get(from..).unwrap_or("");
                let written = rest.split_inclusive('\n').next().unwrap_or("");
                let bare = line.trim_end_matches('\n');
                let held = written.trim_end_matches(['\n', '\r']);
                let at = held.ends_with(bare).then(|| from + held.len() - bare.len());
                lines.push((begin, at.and_then(|at| u32::try_from(at).ok())));
                begin += u32::try_from(line.len()).unwrap_or(0);
                from += written.len();
            }
        }
        Self { source, whole, before: 0, lines }
    }

    /// Where a span of the text stands in the file, and whether the bytes there are the same.
    pub fn place(&self, span: Span) -> (Span, bool) {
        let of = |offset: u32| {
            let offset = offset + self.before;
            let at = self.lines.partition_point(|(begin, _)| *begin <= offset).checked_sub(1)?;
            let (begin, real) = self.lines.get(at)?;
            Some((at, (*real)? + offset - begin))
        };
        match (of(span.start), of(span.end)) {
            (Some((first, start)), Some((last, end))) => (Span::new(span.source, start, end), first == last),
            _ => (self.whole, false),
        }
    }
}
