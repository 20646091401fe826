//! A key that is read as something else than what was written.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::walk;
use crate::yaml::{Reading, Style};

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "key that is read as something else",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "Kubernetes reads YAML 1.1, in which `y`, `on` and their kin are booleans and `0644` is a number, also as keys; \
          and keys become text again only then. So `on: x` is stored as `\"true\": x`, and whoever looks for `on` finds \
          nothing. Kustomize leaves the words alone, and writes them in quotes.",
    remedy: "put the key in quotes",
    references: &["https://yaml.org/type/bool.html", "https://yaml.org/type/int.html"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    walk::entries(target, has_odd_word, &mut |document, _, entry| {
        let (Some(written), Style::Plain) = (entry.key.text(), entry.key.style()) else { return };
        let reading = if document.built { Reading::Kustomize } else { Reading::Kubernetes };
        let read = entry.key.key_text_as(reading);
        if read == written || written == "<<" {
            return;
        }
        let mut draft = Draft::new(entry.key.span(), format!("the key `{written}` is read as `{read}`"));
        draft.help = Some(format!("put it in quotes, or write `{read}` if that is meant"));
        findings.add(meta, draft);
    });
}

/// Whether a colon stands behind a word that is a boolean, or begins with a digit, a sign or a dot. A `?` may part the two.
fn has_odd_word(text: &[u8]) -> bool {
    memchr::memchr_iter(b':', text).any(|colon| {
        let before = text.get(..colon).unwrap_or_default();
        let end = before.iter().rposition(|byte| *byte != b' ').map_or(0, |at| at + 1);
        let is_word = |byte: &u8| !byte.is_ascii_whitespace() && !b"{[,".contains(byte);
        let start = before.get(..end).unwrap_or_default().iter().rposition(|byte| !is_word(byte)).map_or(0, |at| at + 1);
        match before.get(start..end) {
            Some([b'0'..=b'9' | b'.' | b'+' | b'-', ..]) => true,
            Some(word) if word.len() <= 5 => BOOLEANS.iter().any(|one| one.as_bytes().eq_ignore_ascii_case(word)),
            _ => false,
        }
    }) || text.contains(&b'?')
}

/// What YAML 1.1 reads as a boolean (<https://yaml.org/type/bool.html>).
const BOOLEANS: [&str; 8] = ["y", "n", "on", "no", "off", "yes", "true", "false"];
