//! Markers in fixtures: what is expected on which line. `# ~ error[pack/id]` behind a line speaks of that line,
//! `# ~^ error[pack/id]` on a line of its own of the line above, `# ~^^` of the one above that. A marker may name
//! several findings. Where no comment can stand, `<file>.expected` lists `line severity[pack/id]`.

use plimsoll::finding::Severity;
use plimsoll::source::Source;

/// What opens a marker.
const OPENING: &str = "# ~";

/// A finding that a fixture expects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    /// From 1.
    pub line: u32,
    /// `error`, `warning` or `hint`.
    pub severity: &'static str,
    /// The check.
    pub id: String,
}

/// The markers of a file, or why one of them cannot be read.
pub fn in_source(source: &Source) -> Result<Vec<Expected>, String> {
    let mut all = Vec::new();
    for index in 0..source.lines().count() {
        let line = u32::try_from(index + 1).unwrap();
        let text = &source.text()[source.lines().range(index, source.text())];
        for marker in text.match_indices(OPENING).map(|(at, _)| &text[at + OPENING.len()..]) {
            let carets = marker.bytes().take_while(|byte| *byte == b'^').count();
            let up = u32::try_from(carets).unwrap();
            if up > 0 && !text.trim_start().starts_with(OPENING) {
                return Err(format!("line {line}: a marker with `^` stands on a line of its own"));
            }
            if up >= line {
                return Err(format!("line {line}: the marker points above the file"));
            }
            let words = marker[carets..].split_whitespace();
            let named: Vec<(&'static str, String)> = words.map_while(|word| finding(word).ok()).collect();
            if named.is_empty() {
                return Err(format!("line {line}: a marker reads `{OPENING} error[pack/id]`, this is `{text}`"));
            }
            all.extend(named.into_iter().map(|(severity, id)| Expected { line: line - up, severity, id }));
        }
    }
    Ok(all)
}

/// The lines of an `.expected` file, or why one of them cannot be read.
pub fn in_sidecar(text: &str) -> Result<Vec<Expected>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let wrong = || format!("`{line}`: a line of an .expected file reads `3 error[pack/id]`");
            let (number, word) = line.split_once(' ').ok_or_else(wrong)?;
            let (severity, id) = finding(word.trim()).map_err(|_| wrong())?;
            Ok(Expected { line: number.parse().map_err(|_| wrong())?, severity, id })
        })
        .collect()
}

/// A fixture as an example in the documentation: without its markers.
pub fn without(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        match line.find(OPENING) {
            Some(at) if line[..at].trim().is_empty() => continue,
            Some(at) => out.push_str(line[..at].trim_end()),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// `error[pack/id]`
fn finding(word: &str) -> Result<(&'static str, String), ()> {
    let (severity, id) = word.strip_suffix(']').and_then(|word| word.split_once('[')).ok_or(())?;
    Ok((Severity::parse(severity).ok_or(())?.as_str(), id.to_owned()))
}
