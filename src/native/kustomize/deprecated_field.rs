//! A field of a kustomization that Kustomize takes and warns of.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::{Edit, Fix, Severity};
use crate::kube::Class;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "field of a kustomization that is deprecated",
    severity: Severity::Hint,
    says: Says::Advice,
    why: "Kustomize still follows the field and prints a warning at each build; a later version will refuse it, and with it \
          the whole build. `kustomize edit fix` rewrites most of them.",
    remedy: "use the field that took its place",
    references: &["https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/"],
};

/// What Kustomize 5.8 warns of (`api/types/kustomization.go`, `CheckDeprecatedFields`), and what to write instead.
const FIELDS: &[(&str, &str)] = &[
    ("bases", "`resources`, which takes folders too"),
    ("commonLabels", "`labels` with `includeSelectors: true`; without it selectors stay as they are, which is what an overlay of something that is deployed wants"),
    ("imageTags", "`images`"),
    ("patchesJson6902", "`patches`, with the same `target`, and `patch` or `path`"),
    ("patchesStrategicMerge", "`patches`, each file under `path` and each text under `patch`"),
    ("vars", "`replacements`"),
];

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Document(document) = target else { return };
    let Some(tree) = document.tree.as_ref().filter(|_| document.class == Class::Kustomization) else { return };
    for entry in tree.root().written_entries() {
        let name = entry.key.key_text();
        let Some((field, instead)) = FIELDS.iter().find(|(field, _)| *field == name) else { continue };
        let mut draft = Draft::new(entry.key.span(), format!("`{field}` is deprecated"));
        draft.help = Some(format!("use {instead}"));
        // a list of folders is the same under the other name, where that is not taken
        if *field == "bases" && tree.root().get("resources").is_none() {
            let edit = Edit { span: entry.key.span(), text: "resources".to_owned() };
            let message = "call it `resources`".to_owned();
            draft.fix = Some(Fix { message, edits: vec![edit], safe: true });
        }
        findings.add(meta, draft);
    }
}
