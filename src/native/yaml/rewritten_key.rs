//! A key that is read as something else than what was written.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::walk;
use crate::yaml::{Reading, Style, Tree};

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
    walk::entries(target, Tree::may_have_odd_keys, &mut |document, _, entry| {
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
