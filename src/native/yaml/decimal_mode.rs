//! The mode of a file in decimal digits that are meant to be octal.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::walk;
use crate::yaml::{Scalar, Style};

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "mode of a file that lacks its leading zero",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "A mode is octal, and YAML takes digits without a leading zero for decimal: `mode: 400` is 0620, which lets a group \
          write to what should be read by its owner alone, and `mode: 644` is over 0777 and is refused by the API server.",
    remedy: "begin the number with a zero",
    references: &["https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume/"],
};

/// What people give files.
const MODES: &[i64] = &[
    0o400, 0o440, 0o444, 0o500, 0o550, 0o555, 0o600, 0o640, 0o644, 0o660, 0o664, 0o666, 0o700, 0o740, 0o744, 0o750, 0o754,
    0o755, 0o770, 0o774, 0o775, 0o777,
];

/// The highest mode that the API server takes.
const HIGHEST: i64 = 0o777;

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    walk::entries(target, |tree| tree.may_have_modes() && tree.holds(&["mode", "defaultMode"]), &mut |_, parent, entry| {
        // of a volume, or of one of the files in it
        let is_mode = match entry.key.text() {
            Some("defaultMode") => true,
            Some("mode") => parent.get("path").is_some() && (parent.get("key").is_some() || parent.get("fieldRef").is_some()),
            _ => false,
        };
        let (true, Some(written), Style::Plain) = (is_mode, entry.value.text(), entry.value.style()) else { return };
        let Some(Scalar::Int(value)) = entry.value.scalar() else { return };
        let meant = i64::from_str_radix(written, 8).ok().filter(|meant| MODES.contains(meant));
        let Some(meant) = meant.filter(|_| !written.starts_with('0') && !MODES.contains(&value)) else { return };
        let message = if value > HIGHEST {
            format!("`{written}` is decimal, and as a mode over 0777")
        } else {
            format!("`{written}` is decimal: as a mode it is 0{value:o}")
        };
        let mut draft = Draft::new(entry.value.span(), message);
        // the API server takes no mode over 0777
        draft.severity = (value > HIGHEST).then_some(Severity::Error);
        draft.help = Some(format!("write 0{meant:o}, or {meant} in JSON"));
        findings.add(meta, draft);
    });
}
