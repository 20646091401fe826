//! What the repository promises of itself: layers, names, words and links.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use plimsoll::facts;

use crate::{project, rust};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("layers", layers),
        trial("modules-say-what-they-are", module_comments),
        trial("names-say-the-domain", file_names),
        trial("message-style", message_style),
        trial("links-resolve", links),
        trial("no-paths-of-a-machine", words),
        trial("check-ids", ids),
        trial("no-panics", panics),
        trial("exceptions-have-a-reason", reasons),
        trial("the-reader-of-rust", reader),
    ]
}

fn trial(name: &str, judge: fn() -> Vec<String>) -> Trial {
    Trial::test(format!("tidy::{name}"), move || match judge() {
        wrong if wrong.is_empty() => Ok(()),
        wrong => Err(Failed::from(wrong.join("\n"))),
    })
}

/// Every file that git would track, with its path from the root, sorted.
fn tracked() -> Vec<(String, PathBuf)> {
    let mut files: Vec<(String, PathBuf)> = ignore::WalkBuilder::new(project::root())
        .hidden(false)
        .parents(false)
        .git_global(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build()
        .map(|entry| entry.expect("the project can be read").into_path())
        .filter(|path| path.is_file())
        .map(|path| (project::below(project::root(), &path), path))
        .collect();
    files.sort();
    files
}

/// The tracked files with an ending and their text.
fn texts(ending: &str) -> Vec<(String, String)> {
    let files = tracked().into_iter().filter(|(name, _)| name.ends_with(ending));
    files.map(|(name, path)| (name, fs::read_to_string(path).expect("it is text"))).collect()
}

/// The modules on each line of the layers block, the highest first.
fn layers_block() -> Result<Vec<Vec<String>>, String> {
    let page = fs::read_to_string(project::root().join("ARCHITECTURE.md"))
        .map_err(|_| "ARCHITECTURE.md is not there: its block ```layers says which module may use which")?;
    let mut lines = page.lines().skip_while(|line| line.trim() != "```layers").skip(1).peekable();
    if lines.peek().is_none() {
        return Err("ARCHITECTURE.md has no block ```layers".into());
    }
    let block = lines.take_while(|line| line.trim() != "```").filter(|line| !line.trim().is_empty());
    Ok(block.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect())
}

fn layers() -> Vec<String> {
    let src = project::root().join("src");
    let modules: BTreeSet<String> = project::entries(&src)
        .iter()
        .filter(|path| path.is_dir() || path.extension().is_some_and(|ending| ending == "rs"))
        .map(|path| project::name_of(path).trim_end_matches(".rs").to_owned())
        .filter(|name| name != "lib")
        .collect();
    let block = match layers_block() {
        Ok(block) => block,
        Err(why) => return vec![why],
    };
    let mut depth: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (line, names) in block.iter().enumerate() {
        for name in names {
            if depth.insert(name, line).is_some() {
                wrong.push(format!("ARCHITECTURE.md names `{name}` twice in its layers"));
            }
            if !modules.contains(name) {
                wrong.push(format!("ARCHITECTURE.md has `{name}` among its layers, and src has no such module"));
            }
        }
    }
    for module in modules.iter().filter(|module| !depth.contains_key(module.as_str())) {
        wrong.push(format!("ARCHITECTURE.md has not placed src/{module} among its layers"));
    }
    for file in project::files_below(&src) {
        let inside = module_path(&project::below(&src, &file));
        let Some((own, own_depth)) = inside.first().and_then(|own| Some((own, *depth.get(own.as_str())?))) else {
            continue;
        };
        let text = fs::read_to_string(&file).expect("source is text");
        for found in rust::uses(&rust::without_tests(&rust::code(&text)), &inside, "plimsoll") {
            let Some(other) = depth.get(found.module.as_str()).filter(|_| found.module != *own) else { continue };
            if *other <= own_depth {
                let place = project::below(project::root(), &file);
                let why = if *other == own_depth { "stands beside it" } else { "stands above it" };
                wrong.push(format!("{place}:{}: `{own}` uses `{}`, which {why}", found.line, found.module));
            }
        }
    }
    wrong
}

/// The module whose code a file of `src` is; nothing for the crate's root and for files that only tests compile.
fn module_path(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    match parts.last().map(String::as_str) {
        Some("mod") => drop(parts.pop()),
        Some("lib" | "tests") => parts.clear(),
        _ => {}
    }
    // the build script mounts these files in `schema` itself
    if parts.starts_with(&["schema".to_owned(), "checks".to_owned()]) {
        parts.remove(1);
    }
    parts
}

fn module_comments() -> Vec<String> {
    let files = texts(".rs").into_iter().filter(|(_, text)| !text.starts_with("//! "));
    files.map(|(name, _)| format!("{name} does not begin with a `//!` line that says what it is")).collect()
}

fn file_names() -> Vec<String> {
    const EMPTY: [&str; 8] = ["util", "utils", "helper", "helpers", "common", "misc", "shared", "stuff"];
    let says_nothing = |name: &str| name.split('/').any(|part| EMPTY.contains(&part.split('.').next().unwrap_or(part)));
    let files = tracked().into_iter().filter(|(name, _)| !name.starts_with("fixtures/") && says_nothing(name));
    files.map(|(name, _)| format!("{name}: the name says nothing of what is in it")).collect()
}

fn message_style() -> Vec<String> {
    let mut wrong = Vec::new();
    for meta in project::metas() {
        let mut say = |what: &str| wrong.push(format!("{}: {what}", meta.id));
        for (part, text) in [("title", &meta.title), ("remedy", &meta.remedy)] {
            if text.is_empty() {
                say(&format!("no {part}"));
            }
            if text.chars().next().is_some_and(char::is_uppercase) && !is_proper_name(text) {
                say(&format!("the {part} begins with an upper-case letter: {text}"));
            }
            if text.ends_with(['.', '!']) {
                say(&format!("the {part} ends with a full stop: {text}"));
            }
        }
        for text in [&meta.title, &meta.remedy, &meta.why] {
            if text.to_lowercase().split(|c: char| !c.is_alphabetic()).any(|word| word == "please") {
                say("says please");
            }
            if text.trim() != text.as_ref() && text != &meta.why {
                say("blanks around a text");
            }
        }
        if !meta.why.trim_end().ends_with(['.', '`', ')']) {
            say("why it matters is told in sentences, and they end with a full stop");
        }
        for link in meta.references.iter().filter(|link| !link.starts_with("https://")) {
            say(&format!("a reference is an https address, not {link}"));
        }
    }
    wrong
}

/// Whether the first word is one that is always written with an upper-case letter.
fn is_proper_name(text: &str) -> bool {
    const NAMES: [&str; 7] = ["Kubernetes", "Kustomize", "Helm", "Flux", "Argo", "Unicode", "Rego"];
    let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let inner = word.chars().skip(1).any(char::is_uppercase);
    inner || NAMES.contains(&word) || facts::embedded().kinds().any(|entry| entry.kind == word)
}

fn links() -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, text) in texts(".md") {
        let folder = project::root().join(&name).parent().map(Path::to_path_buf).unwrap_or_default();
        for (line, target) in links_of(&text) {
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if path.is_empty() { project::root().join(&name) } else { folder.join(path) };
            if !file.exists() {
                wrong.push(format!("{name}:{line}: {target} is not there"));
            } else if !anchor.is_empty() && file.is_file() {
                let page = fs::read_to_string(&file).unwrap_or_default();
                if !anchors(&page).contains(anchor) {
                    wrong.push(format!("{name}:{line}: {target}: the page has no such heading"));
                }
            }
        }
    }
    wrong
}

/// The relative links of a page with their lines; code is left out.
fn links_of(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect();
        let inline = prose.match_indices("](").map(|(at, _)| &prose[at + 2..]);
        let inline = inline.filter_map(|rest| rest.split([')', ' ']).next().map(str::to_owned));
        let defined = prose.starts_with('[').then(|| prose.split_once("]: ")).flatten();
        let defined = defined.and_then(|(_, rest)| rest.split_whitespace().next().map(str::to_owned));
        let relative = |target: &String| !target.contains("://") && !target.starts_with("mailto:");
        found.extend(inline.chain(defined).filter(relative).map(|target| (index + 1, target)));
    }
    found
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings.map(|heading| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

fn words() -> Vec<String> {
    // put together, so that this file does not hold them
    let folders = [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];
    let notes = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let mut wrong = Vec::new();
    for (name, path) in tracked() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for (index, line) in text.lines().enumerate() {
            let inside = |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || "._-*}])~@".contains(c));
            let absolute = |folder: &&&str| line.match_indices(**folder).any(|(at, _)| !inside(&line[..at]));
            if let Some(folder) = folders.iter().find(absolute) {
                wrong.push(format!("{name}:{}: {folder} is a folder of somebody's machine", index + 1));
            }
            let whole = |note: &&&str| line.split(|c: char| !c.is_alphanumeric()).any(|word| word == **note);
            if let Some(note) = notes.iter().find(whole) {
                wrong.push(format!("{name}:{}: {note}: do it, or open an issue", index + 1));
            }
        }
    }
    wrong
}

fn ids() -> Vec<String> {
    let mut wrong = Vec::new();
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let kebab = |part: &str| {
        part.split('-')
            .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
    };
    for meta in project::metas() {
        let id = &*meta.id.0;
        if !id.split_once('/').is_some_and(|(pack, name)| kebab(pack) && kebab(name)) {
            wrong.push(format!("{id}: an id reads pack/check-id, in lower case with dashes"));
        }
        names.entry(meta.id.name()).or_default().push(id);
    }
    for (name, ids) in names.into_iter().filter(|(_, ids)| ids.len() > 1) {
        wrong.push(format!("{name} names {} checks: {}", ids.len(), ids.join(", ")));
    }
    wrong
}

fn panics() -> Vec<String> {
    const CALLS: [&str; 7] =
        [".unwrap()", ".unwrap_err()", ".expect(\"", "panic!(", "todo!(", "unimplemented!(", "unreachable!("];
    let mut wrong = Vec::new();
    for (name, text) in texts(".rs").into_iter().filter(|(name, _)| name.starts_with("src/")) {
        if name.ends_with("/tests.rs") {
            continue;
        }
        for (index, line) in rust::without_tests(&rust::code(&text)).lines().enumerate() {
            if let Some(call) = CALLS.iter().find(|call| line.contains(**call)) {
                wrong.push(format!("{name}:{}: {call} may end the program", index + 1));
            }
        }
    }
    wrong
}

fn reasons() -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, text) in texts(".rs") {
        let code = rust::code(&text);
        for opening in ["[allow(", "[expect("] {
            for (at, _) in code.match_indices(opening) {
                let attribute = code[at..].split(")]").next().unwrap_or_default();
                if code[..at].ends_with(['#', '!']) && !attribute.contains("reason") {
                    let line = code[..at].matches('\n').count() + 1;
                    wrong.push(format!("{name}:{line}: an exception from a lint has a `reason`"));
                }
            }
        }
    }
    wrong
}

/// The tests above see nothing when their reader of Rust sees nothing.
fn reader() -> Vec<String> {
    let cases: [(&str, &[&str]); 12] = [
        ("use crate::yaml::Node;", &["yaml"]),
        ("use crate::{graph, kube::{self, Class as C}, yaml::Tree};", &["graph", "kube", "yaml"]),
        ("fn f() { crate::engine::check(&crate::source::Span::new()) }", &["engine", "source"]),
        ("pub(crate) fn f(x: Vec<crate::cli::X>) {}", &["cli"]),
        ("use super::super::config::Level;", &["config"]),
        ("use super::{super::report, outcome};", &["report"]),
        ("mod inner { use super::super::super::lsp; use super::super::read; }", &["lsp"]),
        ("use super::outcome; use self::inner::x;", &[]),
        ("fn main() { plimsoll::cli::main() }", &["cli"]),
        ("// use crate::cli;\n/* crate::cli */ /// [`crate::cli`]", &[]),
        ("let a = \"crate::cli\"; let b = r#\"\"crate::cli\"#; let c = '\"'; use crate::yaml;", &["yaml"]),
        (
            "#[cfg(test)]\nmod tests { use crate::cli; }\n#[cfg(test)]\nuse crate::{engine, cli};\nuse crate::yaml;",
            &["yaml"],
        ),
    ];
    let inside = ["engine".to_owned(), "read".to_owned()];
    let mut wrong = Vec::new();
    for (text, wanted) in cases {
        let uses = rust::uses(&rust::without_tests(&rust::code(text)), &inside, "plimsoll");
        let found: Vec<&str> = uses.iter().map(|found| found.module.as_str()).collect();
        if found != wanted {
            wrong.push(format!("`{text}` uses {wanted:?}, not {found:?}"));
        }
    }
    wrong
}
