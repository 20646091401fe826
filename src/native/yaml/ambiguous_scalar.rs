//! A plain value that reads as something else than it looks, in objects of which no schema says what they take.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::walk;
use crate::yaml::{Node, Scalar, Style};

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "value that reads as something else than it looks",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "Kubernetes reads YAML 1.1: `no`, `on` and `y` are booleans there, and text to Kustomize and to readers of YAML 1.2. A \
          version without quotes is a number to all of them: `1.10` is 1.1, and the commit `12e45` is 1.2e46. Where a schema says \
          that text is meant, the wrong type is an error; in a custom resource or in Helm values nobody notices.",
    remedy: "put text in quotes, and write booleans as `true` and `false`",
    references: &["https://yaml.org/type/bool.html", "https://yaml.org/type/float.html"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let manifest = crate::native::manifest(target).filter(|(_, tree)| tree.may_have_odd_values());
    let Some((document, tree)) = manifest else { return };
    // of built-in kinds, the schema knows which type a field takes
    let root = tree.root();
    let group = root.get("apiVersion").and_then(Node::text).and_then(|version| version.split_once('/')).map_or("", |(group, _)| group);
    if !group.contains('.') || group.ends_with(".k8s.io") {
        return;
    }
    walk::values(tree, &mut |key, value| {
        let name = key.and_then(Node::text).unwrap_or("");
        let (Some(written), Style::Plain, None) = (value.text(), value.style(), value.anchored()) else { return };
        let (message, help) = match value.scalar() {
            Some(Scalar::Bool(read)) if !written.eq_ignore_ascii_case("true") && !written.eq_ignore_ascii_case("false") => {
                let message = match document.built {
                    true => format!("`{written}` is text to Kustomize, and {read} to those who read the file without it"),
                    false => format!("`{written}` is read as {read}, and as text by readers of YAML 1.2"),
                };
                (message, format!("write {read}, or \"{written}\" in quotes if text is meant"))
            }
            // a zero ahead is told by itself
            Some(Scalar::Int(_) | Scalar::UInt(_) | Scalar::Float(_)) if is_version(name) => {
                let read = value.to_json().to_string();
                let digits = written.trim_start_matches(['-', '+']);
                if read == written || (digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())) {
                    return;
                }
                (format!("`{written}` is read as the number {read}"), format!("put it in quotes: \"{written}\""))
            }
            _ => return,
        };
        let mut draft = Draft::new(value.span(), message);
        draft.help = Some(help);
        findings.add(meta, draft);
    });
}

/// Whether a field of this name holds a version, a tag or a commit.
fn is_version(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["version", "tag", "revision", "commit", "sha"].iter().any(|word| name.ends_with(word))
}
