//! Checks from Rust, one file each: `native/<pack>/<check_id>.rs`, with a `DECLARATION` and a `run`. Holds what is
//! about bytes rather than objects; what is about objects is better written in Rego.

use crate::check::{Check, CheckError, CheckMeta, Declaration, Document, Draft, Findings, Stage, Target};
use crate::finding::Severity;
use crate::kube::Class;
use crate::yaml::{ProblemKind, Tree};

mod builds;
mod lived;
mod walk;

type Run = fn(&Target<'_>, &CheckMeta, &mut Findings<'_>);

include!(concat!(env!("OUT_DIR"), "/native_checks.rs"));

/// All native checks.
pub struct NativeChecks {
    metas: Vec<CheckMeta>,
}

impl Default for NativeChecks {
    fn default() -> Self {
        Self { metas: CHECKS.iter().map(|(id, declaration, _)| CheckMeta::new(id, declaration)).collect() }
    }
}

impl Check for NativeChecks {
    fn metas(&self) -> &[CheckMeta] {
        &self.metas
    }

    fn stage(&self) -> Stage {
        Stage::Native
    }

    fn run(&self, target: &Target<'_>, findings: &mut Findings<'_>) -> Result<(), CheckError> {
        for (index, (meta, (_, _, run))) in self.metas.iter().zip(CHECKS).enumerate() {
            if findings.wants(index, meta) {
                run(target, meta, findings);
            }
        }
        Ok(())
    }
}

/// A document that Kubernetes reads, or a patch of one, and its tree.
fn manifest<'t>(target: &'t Target<'_>) -> Option<(&'t Document, &'t Tree)> {
    let Target::Document(document) = target else { return None };
    let is_ours = document.class.holds_objects() || document.class == Class::Patch;
    Some((document, document.tree.as_deref().filter(|_| is_ours)?))
}

/// Reports the parser's problems of some kinds under one check.
fn tell(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>, wanted: &[ProblemKind]) {
    tell_as(target, meta, findings, wanted, |_, _| {});
}

/// The same, where what is said depends on what the document is.
fn tell_as(
    target: &Target<'_>,
    meta: &CheckMeta,
    findings: &mut Findings<'_>,
    wanted: &[ProblemKind],
    adapt: impl Fn(&Document, &mut Draft),
) {
    let Target::Document(document) = target else { return };
    for problem in document.problems.iter().filter(|problem| wanted.contains(&problem.kind)) {
        // what another tool makes of a key that stands twice is its own affair
        if !document.ours && !problem.is_fatal() {
            continue;
        }
        let mut draft = Draft::new(problem.span, problem.message.clone());
        draft.help.clone_from(&problem.help);
        draft.fix = problem.fix.as_deref().cloned();
        // nor is it known whether anyone reads it as YAML
        draft.severity = (!document.ours).then_some(Severity::Warning);
        let related = problem
            .related
            .iter()
            .map(|(span, message)| crate::finding::Label { span: *span, message: message.clone() });
        draft.related.extend(related);
        adapt(document, &mut draft);
        findings.add(meta, draft);
    }
}
