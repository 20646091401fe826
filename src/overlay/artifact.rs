//! What Flux puts into the artifact of a source: what neither `.sourceignore` files nor the source's own `ignore` leave out
//! (fluxcd/pkg/sourceignore, and `SourceIgnoreFilter` of fluxcd/pkg/artifact). Asked where Flux makes a kustomization of the files that
//! there are, and of what kustomizations name. Leaves out the other rules of a source: submodules, a sparse checkout.

use std::collections::{BTreeMap, BTreeSet};

use crate::kube::Resource;
use crate::source::{FLUX_IGNORE_FILE, Snapshot, Span, is_outside};

use super::kustomize::Builds;
use super::{folder_of, name_of};

/// What is left out of all sources, whatever comes after.
const ALWAYS: &str = ".git/\n.gitignore\n.gitmodules\n.gitattributes\n";

/// What is left out of a source for which nobody says anything.
const DEFAULTS: &str = "*.jpg\n*.jpeg\n*.gif\n*.png\n*.wmv\n*.flv\n*.tar.gz\n*.zip\n\
                        .github/\n.circleci/\n.travis.yml\n.gitlab-ci.yml\nappveyor.yml\n.drone.yml\ncloudbuild.yaml\n\
                        codeship-services.yml\ncodeship-steps.yml\n\
                        **/.goreleaser.yml\n**/.sops.yaml\n**/.flux.yaml\n";

/// The versions of the API of sources.
pub const SOURCES: [&str; 3] =
    ["source.toolkit.fluxcd.io/v1", "source.toolkit.fluxcd.io/v1beta2", "source.toolkit.fluxcd.io/v1beta1"];

/// What the sources of a repository say, by kind, namespace and name. Several of one name are those of several clusters.
#[derive(Debug, Default, Clone)]
pub struct Sources(BTreeMap<String, BTreeSet<Told>>);

/// What a source says of its artifact.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    ignore: Option<(String, Span)>,
    /// Whether it holds more than its repository.
    includes: bool,
}

impl Sources {
    /// Takes over what another one says.
    pub fn join(&mut self, other: &Self) {
        for (title, told) in &other.0 {
            self.0.entry(title.clone()).or_default().extend(told.iter().cloned());
        }
    }

    /// Takes note of an object, where it is a source.
    pub fn add(&mut self, object: &Resource) {
        if object.gvk.group != "source.toolkit.fluxcd.io" {
            return;
        }
        let ignore = object.node().at(&["spec", "ignore"]);
        let told = Told {
            ignore: ignore.and_then(|node| Some((node.as_str()?.to_owned(), node.span()))),
            includes: object.node().at(&["spec", "include"]).is_some(),
        };
        let title = format!("{} {}/{}", object.gvk.kind, object.key.namespace, object.key.name);
        self.0.entry(title).or_default().insert(told);
    }
}

/// The rules of one source; later ones go before earlier ones.
pub(super) struct Artifact(Vec<Rule>);

impl Artifact {
    /// Those of a source, by its kind, namespace and name.
    pub fn of(source: &str, snapshot: &Snapshot, sources: &Sources) -> Self {
        let told = sources.0.get(source).and_then(|told| told.last());
        Self::told(told.and_then(|told| told.ignore.as_ref()), snapshot)
    }

    fn told(ignore: Option<&(String, Span)>, snapshot: &Snapshot) -> Self {
        let mut files: Vec<_> = snapshot
            .entries()
            .filter(|(_, entry)| name_of(&entry.path) == FLUX_IGNORE_FILE && !is_outside(&entry.path))
            .filter_map(|(id, entry)| Some((folder_of(&entry.path), snapshot.source(id).ok()?)))
            .collect();
        // a folder's before those of the folders in it
        files.sort_by_key(|(folder, _)| folder.split('/').collect::<Vec<_>>());
        let mut own = Vec::new();
        for (folder, file) in files {
            let span = |start: usize, end: usize| {
                let [start, end] = [start, end].map(|at| u32::try_from(at).unwrap_or(u32::MAX));
                Some(Span::new(file.id(), start, end))
            };
            own.extend(rules(file.text(), folder, &span));
        }
        if let Some((text, place)) = ignore {
            own.extend(rules(text, "", &|_, _| Some(*place)));
        }
        let mut all: Vec<Rule> = rules(ALWAYS, "", &|_, _| None).collect();
        if own.is_empty() {
            own.extend(rules(DEFAULTS, "", &|_, _| None));
        }
        all.extend(own);
        Self(all)
    }

    /// Whether a file is in it.
    pub fn holds(&self, path: &str) -> bool {
        self.left_out_by(path).is_none()
    }

    /// The rule that leaves a file out.
    fn left_out_by(&self, path: &str) -> Option<&Rule> {
        let parts: Vec<&str> = path.split('/').collect();
        self.0.iter().rev().find(|rule| rule.speaks_of(&parts)).filter(|rule| !rule.spares)
    }
}

/// A file that a kustomization names and that the artifact of its source lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// The entry that names it.
    pub entry: Span,
    /// The file.
    pub path: String,
    /// The source, by its kind, namespace and name.
    pub source: String,
    /// The rule that leaves it out.
    pub rule: String,
    /// Where that is written; nowhere where Flux has it of itself.
    pub place: Option<Span>,
    /// The rule that would spare it, if it came after that one.
    pub spared: String,
}

/// What the build of a folder names and the artifact of a source lacks, in each of the clusters that the repository speaks of. Nothing
/// where the source is not in the repository, or holds others besides.
#[must_use]
pub fn left_out(source: &str, folder: &str, builds: &Builds, snapshot: &Snapshot, sources: &Sources) -> Vec<LeftOut> {
    let told = sources.0.get(source).filter(|_| source.starts_with("GitRepository "));
    let Some(told) = told.filter(|all| !all.iter().any(|one| one.includes)) else { return Vec::new() };
    let mut found: Option<BTreeMap<(Span, String), LeftOut>> = None;
    for told in told {
        let artifact = Artifact::told(told.ignore.as_ref(), snapshot);
        let mut lacking = BTreeMap::new();
        let (mut seen, mut next) = (BTreeSet::from([folder]), vec![folder]);
        while let Some(kustomization) = next.pop().and_then(|folder| builds.kustomizations.get(folder)) {
            for reference in kustomization.references.iter().filter(|one| !one.is_fetched()) {
                let Some(path) = reference.path.as_deref() else { continue };
                let lower = builds.kustomizations.get_key_value(path);
                let file = lower.map(|(_, lower)| lower.source).or_else(|| snapshot.find(path));
                let Some(entry) = file.and_then(|id| snapshot.entry(id)) else { continue };
                if let Some(rule) = artifact.left_out_by(&entry.path) {
                    let lack = LeftOut {
                        entry: reference.span,
                        path: entry.path.clone(),
                        source: source.to_owned(),
                        rule: rule.text.clone(),
                        place: rule.place,
                        spared: rule.spare(&entry.path),
                    };
                    lacking.insert((reference.span, entry.path.clone()), lack);
                } else if let Some((folder, _)) = lower.filter(|(folder, _)| seen.insert(folder)) {
                    next.push(folder);
                }
            }
        }
        let both = |before: BTreeMap<_, _>| before.into_iter().filter(|(key, _)| lacking.contains_key(key)).collect();
        found = Some(found.map_or_else(|| lacking.clone(), both));
    }
    found.unwrap_or_default().into_values().collect()
}

/// A pattern, as Flux reads it (`gitignore.ParsePattern` of fluxcd/pkg/sourceignore). It differs from git in what lies below
/// what it speaks of: that may be spared again, and a later rule for a folder goes before an earlier one for a file in it.
#[derive(Debug)]
struct Rule {
    /// As it is written.
    text: String,
    place: Option<Span>,
    /// The folder that it holds for, in parts.
    domain: Vec<String>,
    parts: Vec<String>,
    /// Whether it puts back what others leave out.
    spares: bool,
    only_folders: bool,
}

/// The rules of a text. `place` says where some of its bytes are.
fn rules<'t>(
    text: &'t str,
    folder: &'t str,
    place: &'t dyn Fn(usize, usize) -> Option<Span>,
) -> impl Iterator<Item = Rule> + 't {
    let mut from = 0;
    text.split_inclusive('\n').filter_map(move |whole| {
        let start = from;
        from += whole.len();
        let line = whole.strip_suffix('\n').unwrap_or(whole);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let says = !line.starts_with('#') && !line.trim().is_empty();
        says.then(|| Rule::new(line, folder, place(start, start + line.len())))
    })
}

impl Rule {
    fn new(line: &str, folder: &str, place: Option<Span>) -> Self {
        let (spares, pattern) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let pattern = if pattern.ends_with("\\ ") { pattern } else { pattern.trim_end_matches(' ') };
        let (only_folders, pattern) = pattern.strip_suffix('/').map_or((false, pattern), |rest| (true, rest));
        Self {
            text: line.trim().to_owned(),
            place,
            domain: folder.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
            parts: pattern.split('/').map(str::to_owned).collect(),
            spares,
            only_folders,
        }
    }

    /// The rule that spares a file of which it speaks, and no other.
    fn spare(&self, path: &str) -> String {
        let mut out = String::from("!");
        for part in path.split('/').skip(self.domain.len()) {
            out.push('/');
            for c in part.chars() {
                if matches!(c, '*' | '?' | '[' | '\\' | ' ') {
                    out.push('\\');
                }
                out.push(c);
            }
        }
        out
    }

    /// Whether it speaks of a file, or of a folder above it.
    fn speaks_of(&self, path: &[&str]) -> bool {
        let Some(path) = path.strip_prefix(self.domain.iter().map(String::as_str).collect::<Vec<_>>().as_slice())
        else {
            return false;
        };
        match self.parts.as_slice() {
            _ if path.is_empty() => false,
            [name] => self.names(name, path),
            parts => self.leads(parts, path),
        }
    }

    /// A pattern without a slash: any part of the path.
    fn names(&self, name: &str, path: &[&str]) -> bool {
        for (at, part) in path.iter().enumerate() {
            if wildcard(name, part) {
                return !(self.only_folders && at + 1 == path.len());
            }
        }
        false
    }

    /// A pattern with one: the first parts.
    fn leads(&self, parts: &[String], path: &[&str]) -> bool {
        let (mut path, mut matched, mut anywhere) = (path, false, false);
        for (at, part) in parts.iter().enumerate() {
            if part.is_empty() {
                anywhere = false;
                continue;
            }
            if part == "**" {
                if at + 1 == parts.len() {
                    break;
                }
                anywhere = true;
                continue;
            }
            if part.contains("**") || path.is_empty() {
                return false;
            }
            if std::mem::take(&mut anywhere) {
                while let Some((first, rest)) = path.split_first() {
                    path = rest;
                    if wildcard(part, first) {
                        matched = true;
                        break;
                    }
                    matched &= !path.is_empty();
                }
            } else {
                match path.split_first() {
                    Some((first, rest)) if wildcard(part, first) => path = rest,
                    _ => return false,
                }
                matched = true;
            }
        }
        matched && !(self.only_folders && path.is_empty())
    }
}

/// Whether a pattern fits a name, as `filepath.Match` of Go has it. One that is broken fits nothing.
pub(super) fn wildcard(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    is_whole(&pattern) && fits(&pattern, &name)
}

/// One step for each place of the name at which a `*` may end: no more than the product of both lengths.
fn fits(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut read) = (0, 0);
    // where the pattern goes on behind the last `*`, and where the name does
    let mut star: Option<(usize, usize)> = None;
    loop {
        let rest = pattern.get(at..).unwrap_or_default();
        match (rest.first(), name.get(read)) {
            (Some('*'), _) => {
                at += 1;
                star = Some((at, read));
            }
            (None, None) => return true,
            (Some(_), Some(c)) if let Some(width) = one(rest, *c) => {
                at += width;
                read += 1;
            }
            (_, _) => match &mut star {
                Some((after, from)) if *from < name.len() => {
                    *from += 1;
                    (at, read) = (*after, *from);
                }
                _ => return false,
            },
        }
    }
}

/// How many characters of a pattern stand for one of a name, where they fit it.
fn one(pattern: &[char], name: char) -> Option<usize> {
    let (width, is) = match pattern {
        ['?', ..] => (1, true),
        ['\\', c, ..] => (2, name == *c),
        ['[', ..] => class(pattern, name)?,
        [c, ..] => (1, name == *c),
        [] => return None,
    };
    is.then_some(width)
}

/// The width of a class of characters, and whether it has one; nothing of one that is broken.
fn class(pattern: &[char], name: char) -> Option<(usize, bool)> {
    let negated = pattern.get(1) == Some(&'^');
    let mut at = 1 + usize::from(negated);
    let (mut is, mut ranges) = (false, 0);
    loop {
        if pattern.get(at) == Some(&']') && ranges > 0 {
            return Some((at + 1, is != negated));
        }
        let from = bound(pattern, &mut at)?;
        let to = if pattern.get(at) == Some(&'-') {
            at += 1;
            bound(pattern, &mut at)?
        } else {
            from
        };
        is |= from <= name && name <= to;
        ranges += 1;
    }
}

fn bound(pattern: &[char], at: &mut usize) -> Option<char> {
    match pattern.get(*at)? {
        '-' | ']' => None,
        '\\' => {
            *at += 2;
            pattern.get(*at - 1).copied()
        }
        c => {
            *at += 1;
            Some(*c)
        }
    }
    // a class ends after its bounds
    .filter(|_| pattern.get(*at).is_some())
}

/// Whether a pattern is one to its end.
fn is_whole(mut pattern: &[char]) -> bool {
    while let Some(first) = pattern.first() {
        let width = match first {
            '*' | '?' => Some(1),
            '[' => class(pattern, ' ').map(|(width, _)| width),
            '\\' => pattern.get(1).map(|_| 2),
            _ => Some(1),
        };
        match width.and_then(|width| pattern.get(width..)) {
            Some(rest) => pattern = rest,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "GitRepository flux-system/all";

    fn saying(ignore: &str) -> Sources {
        let span = Span::new(crate::source::SourceId(0), 0, 0);
        let told = Told { ignore: Some((ignore.to_owned(), span)), includes: false };
        Sources(BTreeMap::from([(ALL.to_owned(), BTreeSet::from([told]))]))
    }

    /// As `SourceIgnoreFilter` of fluxcd/pkg/artifact 0.18 has it.
    #[test]
    fn the_last_rule_that_speaks_of_a_file_counts() {
        let snapshot = Snapshot::in_memory([
            (".sourceignore", "*.txt.yaml\r\n/docs\nold/\n# /apps\n"),
            ("apps/.sourceignore", "/only-here.yaml\n!kept.txt.yaml\n"),
        ]);
        let artifact = Artifact::of(ALL, &snapshot, &Sources::default());
        for (path, held) in [
            ("apps/a.yaml", true),
            ("a.txt.yaml", false),
            ("docs/a.yaml", false),
            ("apps/docs/a.yaml", true),
            ("apps/old/deep/a.yaml", false),
            ("apps/only-here.yaml", false),
            ("apps/b/only-here.yaml", true),
            ("apps/kept.txt.yaml", true),
            ("kept.txt.yaml", false),
            (".gitattributes", false),
            // of itself Flux leaves them out where nobody says anything
            (".github/workflows/ci.yaml", true),
            ("apps/.sops.yaml", true),
        ] {
            assert_eq!(artifact.holds(path), held, "{path}");
        }
        let artifact = Artifact::of(ALL, &snapshot, &saying("/*\n!/apps\n"));
        for path in ["apps/a.yaml", "apps/.sops.yaml", "apps/old/deep/a.yaml", "apps/only-here.yaml"] {
            assert!(artifact.holds(path), "{path}");
        }
        assert!(!artifact.holds("infra/a.yaml") && !artifact.holds("kept.txt.yaml"));
        let silent = Artifact::of(ALL, &Snapshot::in_memory([("a.yaml", "")]), &saying("# nothing\n"));
        assert!(!silent.holds("apps/.sops.yaml") && !silent.holds(".github/a.yaml") && silent.holds("a.yaml"));
    }

    /// Rules, the folder of their file, a path, and whether fluxcd/pkg/sourceignore 0.18 leaves it out.
    #[test]
    fn rules_are_read_as_flux_reads_them() {
        for (text, folder, path, out) in [
            ("*.yaml\n!/apps\n", "", "apps/a.yaml", false),
            ("/apps\n!a.yaml\n", "", "apps/a.yaml", false),
            ("a/\n", "", "a", false),
            ("a/\n", "", "a/b", true),
            ("**/b\n", "", "a/a/b/c", true),
            ("/**/b\n", "", "b", true),
            ("a/**\n", "", "a", true),
            ("a**/b\n", "", "ab/b", false),
            ("[ab\n", "", "a", false),
            ("[!a]\n", "", "b", false),
            ("[^a]\n", "", "b", true),
            ("a\\*b\n", "", "a*b", true),
            ("a \n", "", "a", true),
            ("a\\ \n", "", "a ", true),
            (" # a\n", "", "a", false),
            ("b\n", "a", "a/b", true),
            ("b\n", "a", "b", false),
        ] {
            let artifact = Artifact(rules(text, folder, &|_, _| None).collect());
            assert_eq!(!artifact.holds(path), out, "{text:?} of `{folder}`, {path}");
        }
    }
}
