//! A number that is octal because it begins with a zero, where no mode of a file is meant.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::walk;
use crate::yaml::{Scalar, Style, Tree};

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "number that a leading zero makes octal",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "In YAML 1.1 a whole number that begins with a zero counts in eights: `010` is 8. For the mode of a file that is \
          meant; for a port, a count or a time it hardly ever is, and nothing says so.",
    remedy: "write the number without the zero, or in quotes where text is meant",
    references: &["https://yaml.org/type/int.html"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    walk::entries(target, Tree::may_have_zeros_ahead, &mut |_, _, entry| {
        let name = entry.key.text().unwrap_or("");
        // text is meant, and the schema says so
        let is_mode = name == "mode" || name.ends_with("Mode") || name.ends_with("mask");
        let (Some(written), Style::Plain) = (entry.value.text(), entry.value.style()) else { return };
        let digits = written.strip_prefix(['-', '+']).unwrap_or(written);
        let is_octal = digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_mode || !is_octal {
            return;
        }
        let Some(Scalar::Int(value)) = entry.value.scalar() else { return };
        if value.to_string().trim_start_matches('-') == digits.trim_start_matches('0') || value == 0 {
            return;
        }
        let mut draft = Draft::new(entry.value.span(), format!("`{written}` is read as {value}: the zero makes it octal"));
        draft.help = Some(format!("write {value} if that is meant, else the number without the zero, or text in quotes"));
        findings.add(meta, draft);
    });
}
