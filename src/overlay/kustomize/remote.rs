//! Bases and files that Kustomize fetches, and the folders that stand for them: of the repository, or of this machine. An
//! address is read as Kustomize reads it (api/internal/git/repospec.go): host, repository, path in it, ref. Nothing is fetched.

use std::path::PathBuf;
use std::sync::Arc;

use crate::overlay::resolve;
use crate::source::{Mount, OUTSIDE, Span};

/// A folder that holds what is at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// The address, as it is written.
    pub url: String,
    /// The branch, tag or commit that the folder holds; none where it stands for any.
    pub git_ref: Option<String>,
    /// The folder, or the file of an address of one, by its path in the snapshot.
    pub folder: String,
    /// How the folder is written.
    pub written: String,
    /// Where the configuration says so, where that is known.
    pub place: Option<Span>,
    /// Where it is, when that is not in the repository.
    outside: Option<PathBuf>,
    address: Address,
}

/// Where the folder of a [`Remote`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// In the repository: its path from the root.
    Inside(String),
    /// Elsewhere on this machine.
    Outside(PathBuf),
}

impl Remote {
    /// A folder of the repository. Nothing for an address that Kustomize would not fetch.
    #[must_use]
    pub fn new(url: &str, git_ref: Option<&str>, folder: &str) -> Option<Self> {
        Self::at(url, git_ref, folder, Home::Inside(folder.to_owned()))
    }

    /// The same of a folder wherever it is, and as it is `written`.
    #[must_use]
    pub fn at(url: &str, git_ref: Option<&str>, written: &str, home: Home) -> Option<Self> {
        let address = Address::parse(url)?;
        let own = Some(address.git_ref.as_str()).filter(|own| !own.is_empty());
        let git_ref = git_ref.or(own).map(str::to_owned);
        let (folder, outside) = match home {
            Home::Inside(folder) => (folder, None),
            Home::Outside(at) => (address.mount(git_ref.as_deref()), Some(at)),
        };
        Some(Self { url: url.to_owned(), git_ref, folder, written: written.to_owned(), place: None, outside, address })
    }

    /// Whether two stand for the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.address.parts == other.address.parts && self.git_ref == other.git_ref
    }
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub struct Remotes(Arc<[Remote]>);

impl Remotes {
    /// These.
    #[must_use]
    pub fn of(remotes: Vec<Remote>) -> Self {
        Self(remotes.into())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The folders of this machine among them, and what they are called in a snapshot.
    #[must_use]
    pub fn mounts(&self) -> Vec<Mount> {
        let mount = |one: &Remote| Some(Mount { name: one.folder.clone(), at: one.outside.clone()? });
        self.0.iter().filter_map(mount).collect()
    }

    /// Those that none of these texts asks for, not even with another ref.
    pub(super) fn unused<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Vec<&Remote> {
        let mut unused: Vec<&Remote> = self.0.iter().collect();
        for text in texts {
            let used = match self.find(text) {
                Sought::Found(Vendored { remote, .. }) | Sought::OtherRef { other: remote, .. } => remote,
                Sought::Local | Sought::Unknown => continue,
            };
            unused.retain(|one| !std::ptr::eq(*one, used));
        }
        unused
    }

    /// What stands for an address: that which says most of it.
    pub(super) fn find(&self, text: &str) -> Sought<'_> {
        let Some(address) = Address::parse(text) else { return Sought::Local };
        let of = |remote: &&Remote| address.parts.starts_with(&remote.address.parts);
        let is_ref = |remote: &&Remote| remote.git_ref.as_ref().is_none_or(|one| *one == address.git_ref);
        let length = |remote: &&Remote| (remote.address.parts.len(), remote.git_ref.is_some());
        if let Some(remote) = self.0.iter().filter(of).filter(is_ref).max_by_key(length) {
            let rest = |upto: usize| {
                let more = address.parts.get(remote.address.parts.len()..upto.max(remote.address.parts.len()));
                let mut path = remote.folder.clone();
                for part in more.unwrap_or_default() {
                    if !path.is_empty() {
                        path.push('/');
                    }
                    path.push_str(part);
                }
                path
            };
            return Sought::Found(Vendored {
                path: rest(address.parts.len()),
                root: rest(address.repository),
                whole: remote.address.parts.len() <= address.repository,
                remote,
            });
        }
        match self.0.iter().find(of) {
            Some(other) => Sought::OtherRef { wanted: address.git_ref, other },
            None => Sought::Unknown,
        }
    }

    /// The path that stands for an address; nothing for what is no address, or not known.
    pub(super) fn path(&self, text: &str) -> Option<String> {
        match self.find(text) {
            Sought::Found(found) => Some(found.path),
            _ => None,
        }
    }
}

/// What is known of a text.
pub(super) enum Sought<'r> {
    /// It is no address.
    Local,
    /// Nothing stands for it.
    Unknown,
    /// A folder holds another ref of it.
    OtherRef { wanted: String, other: &'r Remote },
    /// This stands for it.
    Found(Vendored<'r>),
}

/// What stands for an address.
pub(super) struct Vendored<'r> {
    /// The folder or the file.
    pub path: String,
    /// The root of its repository, or of what there is of it: builds in it take nothing from elsewhere.
    pub root: String,
    /// Whether that is all of the repository.
    pub whole: bool,
    /// What the configuration says.
    pub remote: &'r Remote,
}

/// What Kustomize notes of an address: the repository as it asks git for it, the path in it, the ref.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Noted {
    pub repository: String,
    pub path: String,
    pub git_ref: String,
}

/// What Kustomize notes of an address; nothing of a path, and of the address of a file that could be in no repository
/// (`Origin.Append` in api/resource/origin.go).
pub(super) fn noted(text: &str) -> Option<Noted> {
    let address = Address::parse(text)?;
    let before = text.split_once('?').map_or(text, |(before, _)| before);
    let Host { host, spelled, rest, .. } = Host::of(before)?;
    let (repository, path) = parts(host, rest).filter(|(repository, _)| !repository.is_empty())?;
    let path = resolve("", path.trim_start_matches('/'))?;
    // it takes the first part off a path that begins with where the clone will be, and there is no other part
    let path = if path.is_empty() { "notCloned".to_owned() } else { path };
    Some(Noted { repository: format!("{spelled}{repository}"), path, git_ref: address.git_ref })
}

/// Whether Kustomize would fetch it.
pub(super) fn is_remote(text: &str) -> bool {
    Address::parse(text).is_some()
}

/// An address.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    /// Its host, and the parts of its path, without a scheme, a user or `.git`: one repository by any protocol.
    parts: Vec<String>,
    /// How many of them are the repository's.
    repository: usize,
    /// The ref that it asks for, empty where it asks for none.
    git_ref: String,
}

impl Address {
    fn parse(text: &str) -> Option<Self> {
        if text.starts_with('/') || text.contains('\n') {
            return None;
        }
        let (text, query) = text.split_once('?').unwrap_or((text, ""));
        let Host { host, rest, whole, .. } = Host::of(text)?;
        let (repository, path) = match parts(host, rest) {
            Some(parts) => parts,
            // a file is fetched from any path, and a repository of the machine has one of any length
            None if whole => (rest, ""),
            None => return None,
        };
        let split = |path: &str| -> Option<Vec<String>> {
            let clean = resolve("", path.trim_start_matches('/'))?;
            Some(clean.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect())
        };
        let repository = repository.trim_end_matches('/');
        let mut parts = vec![host.to_ascii_lowercase()];
        parts.extend(split(repository.strip_suffix(".git").unwrap_or(repository))?);
        let repository = parts.len();
        parts.extend(split(path)?);
        Some(Self { parts, repository, git_ref: git_ref(query) })
    }

    /// What a folder of this machine that stands for it is called in a snapshot: no name is the beginning of another one.
    fn mount(&self, git_ref: Option<&str>) -> String {
        let path = self.parts.join("/");
        let is_file = [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending));
        match git_ref {
            None if is_file => format!("{OUTSIDE}/{path}"),
            git_ref => format!("{OUTSIDE}/{path}@{}", git_ref.unwrap_or_default().replace('/', "%2F")),
        }
    }
}

/// The beginning of an address.
struct Host<'t> {
    host: &'t str,
    /// The same as git is told, with its scheme, a user and what ends it.
    spelled: String,
    /// What follows it.
    rest: &'t str,
    /// Whether all of that may be one path.
    whole: bool,
}

impl<'t> Host<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let after = |text: &'t str, prefix: &str| {
            let head = text.get(..prefix.len())?;
            head.eq_ignore_ascii_case(prefix).then(|| text.get(prefix.len()..))?
        };
        let text = after(text, "git::").unwrap_or(text);
        if let Some(rest) = after(text, "file://") {
            return Some(Self { host: MACHINE, spelled: "file://".to_owned(), rest, whole: true });
        }
        let whole = text;
        let http = after(text, "https://").or_else(|| after(text, "http://"));
        let schemed = http.or_else(|| after(text, "ssh://"));
        let text = schemed.unwrap_or(text);
        let user = text.split_once('@').filter(|(name, _)| {
            name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        });
        let text = user.map_or(text, |(_, rest)| rest);
        let github = after(text, "github.com/").or_else(|| after(text, "github.com:")).is_some();
        // without a scheme a user must say that it is a host, but for GitHub
        let plain = schemed.is_none();
        if plain && user.is_none() && !github {
            return None;
        }
        let slash = text.find('/');
        let colon = text.find(':').filter(|at| plain && *at > 0 && slash.is_none_or(|slash| *at < slash));
        let (host, rest) = text.split_at_checked(colon.or(slash)?)?;
        let name = user.map_or_else(String::new, |(name, _)| format!("{name}@"));
        let scheme = ["https://", "http://", "ssh://"].into_iter().find(|scheme| after(whole, scheme).is_some());
        let spelled = match scheme.unwrap_or_default() {
            "ssh://" if github => format!("{name}github.com:"),
            _ if github && user.is_some() => format!("{name}github.com:"),
            _ if github => "https://github.com/".to_owned(),
            scheme => format!("{scheme}{name}{host}{}", rest.get(..1)?),
        };
        Some(Self { host, spelled, rest: rest.get(1..)?, whole: http.is_some() }).filter(|_| !host.is_empty())
    }
}

/// What stands for the host of a repository of the machine.
const MACHINE: &str = "file:";

/// The path of a repository, and the one in it: what is marked, or two parts; on the machine all of it.
fn parts<'p>(host: &str, path: &'p str) -> Option<(&'p str, &'p str)> {
    if let Some(at) = path.find("_git/") {
        let begin = at + "_git/".len();
        let end = path.get(begin..)?.find('/').map_or(path.len(), |slash| begin + slash);
        return path.split_at_checked(end);
    }
    if let Some((repository, rest)) = path.split_once("//") {
        return (!repository.is_empty()).then_some((repository, rest));
    }
    if let Some(at) = path.find(".git") {
        return path.split_at_checked(at + ".git".len());
    }
    if host == MACHINE {
        return Some((path, ""));
    }
    let (organisation, rest) = path.split_once('/')?;
    let end = rest.find('/').unwrap_or(rest.len());
    (!organisation.is_empty() || !rest.is_empty()).then(|| path.split_at_checked(organisation.len() + 1 + end))?
}

/// The ref of a query: `ref`, or `version`.
fn git_ref(query: &str) -> String {
    // what cannot be read asks for nothing
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decoded(name)?, decoded(value)?))
    });
    let Some(pairs) = pairs.collect::<Option<Vec<_>>>().filter(|_| !query.contains(';')) else { return String::new() };
    let value = |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
    value("ref").filter(|one| !one.is_empty()).or_else(|| value("version")).unwrap_or_default()
}

/// A part of a query without its escapes; nothing where one is broken.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_kustomize_reads_them() {
        for (text, repository, path, git_ref) in [
            ("https://github.com/org/repo//deploy/base?ref=v1", "github.com/org/repo", "deploy/base", "v1"),
            ("github.com/org/repo/deploy?ref=v1&timeout=90s&submodules=false", "github.com/org/repo", "deploy", "v1"),
            ("git@github.com:org/repo.git", "github.com/org/repo", "", ""),
            ("git@gitlab.example.com:a/b/c.git//d?version=v2", "gitlab.example.com/a/b/c", "d", "v2"),
            ("ssh://git@example.com:22/org/repo.git/x?ref=", "example.com:22/org/repo", "x", ""),
            ("git::HTTPS://GitHub.com/org/repo", "github.com/org/repo", "", ""),
            ("https://me@dev.azure.com/o/p/_git/repo/x/y?ref=a%2Fb", "dev.azure.com/o/p/_git/repo", "x/y", "a/b"),
            ("https://example.com/a/b/c.yaml", "example.com/a/b", "c.yaml", ""),
            ("https://example.com/c.yaml", "example.com/c.yaml", "", ""),
            ("file:///srv/a/b.git/c", "file:/srv/a/b", "c", ""),
            ("file:///srv/a/b?ref=1%2e0", "file:/srv/a/b", "", "1.0"),
            ("github.com/org/repo/a/../b", "github.com/org/repo", "b", ""),
        ] {
            let address = Address::parse(text).unwrap();
            let (of, rest) = address.parts.split_at(address.repository);
            assert_eq!(
                (of.join("/"), rest.join("/"), address.git_ref.as_str()),
                (repository.into(), path.into(), git_ref)
            );
        }
        for text in [
            "../base",
            "base",
            "/abs",
            "a//b",
            "./x?ref=v1",
            "example.com/org/repo",
            "me@x.yaml",
            "github.com/org/r/../..",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_noted_of_an_address() {
        for (text, repository, path, git_ref) in [
            ("github.com/org/repo//a/b?ref=v1", "https://github.com/org/repo", "a/b", "v1"),
            ("HTTP://GitHub.com/org/repo/a/../b", "https://github.com/org/repo", "b", ""),
            ("git@github.com:org/repo.git/a", "git@github.com:org/repo.git", "a", ""),
            ("ssh://git@github.com/org/repo.git", "git@github.com:org/repo.git", "notCloned", ""),
            ("ssh://git@example.com:22/org/repo/a?version=x", "ssh://git@example.com:22/org/repo", "a", "x"),
            ("HTTPS://Example.com/org/repo.git//a", "https://Example.com/org/repo.git", "a", ""),
            ("https://me@dev.azure.com/o/p/_git/repo/x", "https://me@dev.azure.com/o/p/_git/repo", "x", ""),
            ("https://example.com/a/b/c.yaml", "https://example.com/a/b", "c.yaml", ""),
            ("file:///srv/repo//a?ref=v1", "file:///srv/repo", "a", "v1"),
        ] {
            let want = Noted { repository: repository.into(), path: path.into(), git_ref: git_ref.into() };
            assert_eq!(noted(text), Some(want), "{text}");
        }
        for text in ["https://example.com/c.yaml", "../base", "a.yaml"] {
            assert_eq!(noted(text), None, "{text}");
        }
    }

    #[test]
    fn the_longest_address_of_the_ref_counts() {
        let remote = |url, git_ref, folder| Remote::new(url, git_ref, folder).unwrap();
        let remotes = Remotes::of(vec![
            remote("https://github.com/org", None, "mirror"),
            remote("https://github.com/org/repo", Some("v1"), "vendor/v1"),
            remote("git@github.com:org/repo.git", Some("v2"), "vendor/v2"),
            remote("https://github.com/org/repo//deep", Some("v1"), "vendor/deep"),
            remote("https://example.com/x/y/install.yaml", None, "vendor/install.yaml"),
            remote("https://example.com/only/this?ref=v1", None, "vendor/this"),
        ]);
        let told = |text: &str| match remotes.find(text) {
            Sought::Found(found) => format!("{} in {}", found.path, found.root),
            Sought::OtherRef { wanted, other } => format!("`{wanted}`, not {:?}", other.git_ref),
            Sought::Unknown => "unknown".to_owned(),
            Sought::Local => "local".to_owned(),
        };
        for (text, want) in [
            ("github.com/org/repo//a/b?ref=v2", "vendor/v2/a/b in vendor/v2"),
            ("github.com/org/repo/deep/x?ref=v1", "vendor/deep/x in vendor/deep"),
            ("github.com/org/repo?ref=v3", "mirror/repo in mirror/repo"),
            ("ssh://git@github.com/org/other.git//x", "mirror/other/x in mirror/other"),
            ("https://example.com/x/y/install.yaml", "vendor/install.yaml in vendor/install.yaml"),
            ("https://example.com/only/this//a", "``, not Some(\"v1\")"),
            ("https://example.com/elsewhere/z.yaml", "unknown"),
            ("../base", "local"),
        ] {
            assert_eq!(told(text), want, "{text}");
        }
    }
}
