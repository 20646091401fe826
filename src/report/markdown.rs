//! A comment for a pull request: counts, errors and warnings by file, the rest folded. No longer than GitHub takes, and
//! nothing that a file says becomes markup, a link or a mention. Leaves out the whys: `plimsoll explain` has them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::check::{Account, CheckMeta, Outcome};
use crate::finding::{Finding, Severity};
use crate::source::Snapshot;

use super::places::{Place, place};
use super::wording::{Weight, counted, meta, ranges, there};

/// By this a program finds the comment that it wrote before.
pub const MARKER: &str = "<!-- plimsoll -->";

/// GitHub takes 65,536 characters. Bytes are counted here, which are never fewer; the rest is for the lines that say
/// what was cut.
const ROOM: usize = 60_000;

/// What of the room the findings may take, so that the account is there too.
const ROOM_FINDINGS: usize = 44_000;

/// And with the hints and the advice.
const ROOM_NOTES: usize = 52_000;

/// How many places a folded line names.
const NAMED: usize = 3;

/// A text from a file is cut after this many characters.
const LONG: usize = 600;

/// Writes the report.
#[must_use]
pub fn markdown(outcome: &Outcome, snapshot: &Snapshot, metas: &[&CheckMeta]) -> String {
    let mut out = format!("{MARKER}\n### Plimsoll: {}\n", headline(outcome));
    not_done(&mut out, outcome);
    findings(&mut out, outcome, snapshot);
    notes(&mut out, outcome, snapshot, metas);
    account(&mut out, outcome);
    out
}

fn headline(outcome: &Outcome) -> String {
    let counts: Vec<String> = [Severity::Error, Severity::Warning]
        .into_iter()
        .filter(|severity| outcome.enforced(*severity) > 0)
        .map(|severity| counted(outcome.enforced(severity), severity.as_str()))
        .collect();
    let mut line = if counts.is_empty() { "no errors, no warnings".to_owned() } else { counts.join(", ") };
    let hints = outcome.findings.iter().filter(|one| one.enforced && one.severity == Severity::Hint).count();
    let advice = outcome.findings.iter().filter(|one| !one.enforced).count();
    if hints > 0 {
        let _ = write!(line, ", {}", counted(hints, "hint"));
    }
    if advice > 0 {
        let _ = write!(line, ", {advice} as advice");
    }
    if !outcome.accepted.is_empty() {
        let _ = write!(line, ", {} accepted", outcome.accepted.len());
    }
    if outcome.is_incomplete() {
        line.push_str("; some work could not be done");
    }
    line
}

fn not_done(out: &mut String, outcome: &Outcome) {
    let mut lines = Vec::new();
    for failure in &outcome.failures {
        let path = if failure.path.is_empty() { String::new() } else { format!("{}: ", code(&failure.path)) };
        let help = failure.help.as_ref().map_or_else(String::new, |help| format!(" ({})", text(help)));
        lines.push(format!("- {path}{}{help}\n", text(&failure.message)));
    }
    for unread in outcome.unread.iter().filter(|unread| unread.failed) {
        lines.push(format!("- {}: not read: {} ({})\n", code(&unread.path), text(&unread.reason), text(unread.help)));
    }
    if lines.is_empty() {
        return;
    }
    out.push_str("\nWork that could not be done:\n\n");
    some_of(out, lines, ROOM_FINDINGS / 4, |rest| format!("- and {rest} more\n"));
}

/// Appends lines as long as there is room; `more` says how many were left out.
fn some_of(out: &mut String, lines: Vec<String>, room: usize, more: impl Fn(usize) -> String) {
    let count = lines.len();
    for (at, line) in lines.into_iter().enumerate() {
        if out.len() + line.len() > room {
            out.push_str(&more(count - at));
            return;
        }
        out.push_str(&line);
    }
}

fn findings(out: &mut String, outcome: &Outcome, snapshot: &Snapshot) {
    // files with errors first: what is cut is then what weighs least
    let mut files: BTreeMap<&str, Vec<(Weight, Place<'_>, &Finding)>> = BTreeMap::new();
    for finding in &outcome.findings {
        let weight = Weight::of(finding);
        let Some(place) = place(finding.primary, snapshot).filter(|_| weight < Weight::Note) else { continue };
        files.entry(place.path).or_default().push((weight, place, finding));
    }
    let mut files: Vec<_> = files.into_iter().collect();
    for (_, own) in &mut files {
        own.sort_by_key(|(weight, ..)| *weight);
    }
    files.sort_by_key(|(_, own)| own.first().map(|(weight, ..)| *weight));
    let mut left: usize = files.iter().map(|(_, own)| own.len()).sum();
    for (path, own) in files {
        let head = format!("\n#### {}\n\n| line | | check | finding |\n|---:|---|---|---|\n", code(path));
        for (at, (_, place, finding)) in own.into_iter().enumerate() {
            let row = row(&place, finding, snapshot);
            let length = row.len() + if at == 0 { head.len() } else { 0 };
            if out.len() + length > ROOM_FINDINGS {
                let _ = write!(out, "\nand {left} more\n");
                return;
            }
            if at == 0 {
                out.push_str(&head);
            }
            out.push_str(&row);
            left -= 1;
        }
    }
}

fn row(place: &Place<'_>, finding: &Finding, snapshot: &Snapshot) -> String {
    let mut words = text(&finding.message);
    if let Some(there) = there(finding, snapshot) {
        let _ = write!(words, "<br>at {}", code(&there));
    }
    // a snippet does not fit a table
    if let Some(help) = finding.help.as_ref().filter(|help| !help.trim_end().contains('\n')) {
        let _ = write!(words, "<br>help: {}", text(help));
    }
    if !finding.versions.is_empty() {
        let _ = write!(words, "<br>holds for Kubernetes {}", ranges(&finding.versions));
    }
    format!("| {} | {} | {} | {words} |\n", place.line, finding.severity, code(&finding.check.0))
}

/// Hints and advice, a line a check.
fn notes(out: &mut String, outcome: &Outcome, snapshot: &Snapshot, metas: &[&CheckMeta]) {
    for (word, enforced) in [("advice", false), ("hint", true)] {
        let mut checks: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        let own = |one: &&Finding| Weight::of(one) == Weight::Note && one.enforced == enforced;
        for finding in outcome.findings.iter().filter(own) {
            checks.entry(&finding.check.0).or_default().push(finding);
        }
        if checks.is_empty() {
            continue;
        }
        let lines: Vec<String> = checks
            .iter()
            .map(|(id, findings)| {
                let title = meta(metas, id).map_or(String::new(), |meta| format!(": {}", text(&meta.title)));
                let places = findings.iter().filter_map(|finding| place(finding.primary, snapshot)).take(NAMED);
                let named: Vec<String> = places.map(|at| code(&format!("{}:{}", at.path, at.line))).collect();
                let rest = findings.len() - named.len();
                let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
                format!("- {}{title}, {} × ({}{rest})\n", code(id), findings.len(), named.join(", "))
            })
            .collect();
        let count = checks.values().map(Vec::len).sum();
        let summary = match word {
            "hint" => counted(count, "hint"),
            _ if count == 1 => "1 finding is advice: the configuration enforces nothing there".to_owned(),
            _ => format!("{count} findings are advice: the configuration enforces nothing there"),
        };
        let _ = write!(out, "\n<details><summary>{summary}</summary>\n\n");
        some_of(out, lines, ROOM_NOTES, |rest| format!("- and {} more\n", counted(rest, "check")));
        out.push_str("\n</details>\n");
    }
}

/// What was looked at and what was not judged, by class and reason.
fn account(out: &mut String, outcome: &Outcome) {
    let mut files: Vec<&str> = outcome.accounts.iter().map(|account| &*account.path).collect();
    files.dedup();
    let (judged, asked) = outcome.coverage();
    let looked = format!("{} and {}", counted(files.len(), "file"), counted(outcome.accounts.len(), "document"));
    let _ = write!(
        out,
        "\n<details><summary>Looked at {looked}; of {} that hold objects, {judged} judged</summary>\n\n",
        counted(asked, "document")
    );
    let mut lines = vec![format!("- judged by the schemas of Kubernetes {}\n", ranges(&outcome.minors))];
    if let Some(staged) = outcome.staged {
        lines.push(format!(
            "- only what a commit may touch: {} changed, {} related, of {}\n",
            staged.changed,
            staged.related,
            counted(staged.files, "file")
        ));
    }
    let mut reasons: BTreeMap<(&str, &str), (usize, &Account)> = BTreeMap::new();
    for account in &outcome.accounts {
        let reason = account.verdict.reason().unwrap_or("judged");
        reasons.entry((account.class.describe(), reason)).or_insert((0, account)).0 += 1;
    }
    for ((class, reason), (count, first)) in reasons {
        // reasons that name a file are one line each
        let where_ = if count == 1 { format!(" ({})", code(&first.path)) } else { String::new() };
        lines.push(format!("- {count} × {class}: {}{where_}\n", text(reason)));
    }
    for kind in &outcome.without_schema {
        let what = code(&format!("{} {}", kind.api_version, kind.kind));
        lines.push(format!("- {} × {what}: no schema is known\n", kind.count));
    }
    for unread in outcome.unread.iter().filter(|unread| !unread.failed) {
        lines.push(format!("- {}: not read: {}\n", code(&unread.path), text(&unread.reason)));
    }
    some_of(out, lines, ROOM, |rest| format!("- and {rest} more\n"));
    out.push_str("\n</details>\n");
}

/// Text of a person or a file: what stands between backticks is code, everything else is plain, whatever it holds.
fn text(raw: &str) -> String {
    let raw = tame(raw);
    let pieces: Vec<&str> = raw.split('`').collect();
    let mut out = String::with_capacity(raw.len() + 16);
    let mut after_code = false;
    for (at, piece) in pieces.iter().enumerate() {
        let inside = at % 2 == 1 && at + 1 < pieces.len();
        if at % 2 == 1 && !inside {
            // a backtick that no other closes
            out.push_str("&#96;");
        }
        if inside && !piece.is_empty() {
            if after_code {
                // two of them side by side would be one
                out.push_str("&#8203;");
            }
            out.push_str(&code(piece));
            after_code = true;
        } else if !piece.is_empty() {
            out.push_str(&plain(piece));
            after_code = false;
        }
    }
    out
}

/// Text as code.
fn code(raw: &str) -> String {
    let raw = tame(raw);
    if raw.contains(['`', '|']) || raw.trim().is_empty() || raw.trim() != raw {
        return format!("<code>{}</code>", plain(&raw));
    }
    // in code nothing is markup, no address a link and nobody mentioned
    format!("`{raw}`")
}

/// Text of one line, without what steers a terminal or turns the text around, and not too long.
fn tame(raw: &str) -> String {
    let mut out: String = raw
        .trim_end()
        .chars()
        .take(LONG)
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if c.is_control() || super::wording::turns(c) => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect();
    if raw.trim_end().chars().nth(LONG).is_some() {
        out.push('…');
    }
    out
}

/// Text that stays text: punctuation with a meaning is a character reference, and an empty character parts what is
/// recognised only after references are read (mentions, numbers of issues, addresses).
fn plain(raw: &str) -> String {
    const NOTHING: &str = "&#8203;";
    let mut out = String::with_capacity(raw.len() + 16);
    let mut rest = raw.chars().peekable();
    let mut last = ' ';
    while let Some(c) = rest.next() {
        let before_word = rest.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            '@' => out.push_str("@&#8203;"),
            '#' | '!' | '$' | '%' | '~' | '&' => {
                let _ = write!(out, "&#{};", u32::from(c));
                if before_word {
                    out.push_str(NOTHING);
                }
            }
            '/' if last == ':' => {
                out.push_str(NOTHING);
                out.push('/');
            }
            '.' if matches!(last, 'w' | 'W') => {
                out.push_str(NOTHING);
                out.push('.');
            }
            // GH-1
            '-' if matches!(last, 'h' | 'H') => {
                out.push_str(NOTHING);
                out.push('-');
            }
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '|' | '^' | '"' | '=' | '+' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
        last = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_backticks_is_code_and_nothing_else_is_markup() {
        assert_eq!(text("container `a` has <b> | *c*"), "container `a` has &#60;b&#62; &#124; &#42;c&#42;");
        assert_eq!(text("`a``b`"), "`a`&#8203;`b`");
        assert_eq!(text("one ` alone"), "one &#96; alone");
        assert_eq!(text("`a|b`"), "<code>a&#124;b</code>");
        assert_eq!(text("@team, #12"), "@&#8203;team, &#35;&#8203;12");
        assert_eq!(text("see https://x.example"), "see https:&#8203;//x.example");
    }
}
