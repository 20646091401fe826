//! A field that names an object by what it was called before the build.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::{Label, Severity};
use crate::overlay::Notice;
use crate::overlay::kustomize::Held;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "reference that the build does not rewrite",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "Kustomize carries a new name into the fields that its tables list, and those are of Kubernetes' own kinds. A prefix, a \
          suffix, a hash or a namespace renames the object, and a Rollout, a route or any other custom resource goes on naming \
          the old one, without a word: its pods wait for a ConfigMap that is not there, its traffic goes nowhere.",
    remedy: "list the field under `nameReference` in a file of `configurations`, or write it with `replacements`",
    references: &["https://github.com/kubernetes-sigs/kustomize/blob/master/examples/transformerconfigs/README.md"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Notice(Notice::Stale { stale, .. }) = target else { return };
    let (kind, name, new) = (&stale.kind, &stale.name, &stale.new);
    let (message, help) = match stale.held {
        Held::Name => (
            format!("the build renames the {kind} `{name}` to `{new}`, and this still names `{name}`"),
            format!(
                "list the field under `nameReference` of {kind} in a file of `configurations`, or write it with `replacements`"
            ),
        ),
        Held::Namespace => (
            format!("the build moves the {kind} `{name}` to the namespace `{new}`, and this still looks for it in `{}`", stale.namespace),
            format!("list the field under `namespace` in a file of `configurations`, or write `{new}` here"),
        ),
    };
    let mut draft = Draft::new(stale.place, message);
    draft.help = Some(help);
    let message = match (stale.by.what, stale.held) {
        ("hash", _) => "this puts a hash behind its name".to_owned(),
        (what, Held::Name) => format!("renamed by `{what}` here"),
        (what, Held::Namespace) => format!("moved by `{what}` here"),
    };
    draft.related.push(Label { span: stale.by.entry, message });
    findings.add(meta, draft);
}
