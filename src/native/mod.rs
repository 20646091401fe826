//! Checks from Rust, one file each: `native/<pack>/<check_id>.rs`, with a `DECLARATION` and a `run`. Holds what is
//! about bytes rather than objects; what is about objects is better written in Rego.

use crate::check::{Check, CheckError, CheckMeta, Declaration, Findings, Stage, Target};
use crate::finding::Severity;

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

/// Reports the parser's problems of some kinds under one check.
fn tell(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>, wanted: &[crate::yaml::ProblemKind]) {
    let Target::Document(document) = target else { return };
    for problem in document.problems.iter().filter(|problem| wanted.contains(&problem.kind)) {
        // what another tool makes of a key that stands twice is its own affair
        if !document.ours && !problem.is_fatal() {
            continue;
        }
        let mut draft = crate::check::Draft::new(problem.span, problem.message.clone());
        draft.help.clone_from(&problem.help);
        // nor is it known whether anyone reads it as YAML
        draft.severity = (!document.ours).then_some(Severity::Warning);
        let related = problem
            .related
            .iter()
            .map(|(span, message)| crate::finding::Label { span: *span, message: message.clone() });
        draft.related.extend(related);
        findings.add(meta, draft);
    }
}
