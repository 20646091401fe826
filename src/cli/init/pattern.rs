//! Regular expressions over paths, as kubeconform and conftest take them, as globs. Leaves out what globs cannot say: such a
//! pattern has no translation, and the user is told.

/// So many globs may stand for one pattern.
const MOST: usize = 8;

/// Globs that ignore what the pattern matches; nothing when they would not be the same. A dot alone is taken for the dot
/// that is meant.
pub(super) fn globs(pattern: &str) -> Option<Vec<String>> {
    let mut out: Vec<String> = Vec::new();
    for plain in alternatives(pattern)? {
        out.extend(of_plain(&plain)?);
    }
    let mut kept: Vec<String> = Vec::new();
    for glob in out {
        if !kept.contains(&glob) {
            kept.push(glob);
        }
    }
    // `**/x` is also `x` at the root
    let wide = kept.clone();
    kept.retain(|glob| !wide.contains(&format!("**/{glob}")));
    (!kept.is_empty() && kept.len() <= MOST).then_some(kept)
}

/// Writes out `(a|b)` and `a|b`, so that no group is left.
fn alternatives(pattern: &str) -> Option<Vec<String>> {
    let mut depth = 0_usize;
    let (mut open, mut escaped) = (None, false);
    for (at, c) in pattern.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => {
                if depth == 0 && open.is_none() {
                    open = Some(at);
                }
                depth += 1;
            }
            ')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    let start = open?;
                    let inside = pattern.get(start + 1..at)?;
                    let inside = inside.strip_prefix("?:").unwrap_or(inside);
                    let (before, after) = (pattern.get(..start)?, pattern.get(at + 1..)?);
                    // a group that is repeated or has flags is none of the simple ones
                    if inside.starts_with('?') || after.starts_with(['*', '+', '?', '{']) {
                        return None;
                    }
                    // the bars outside of the group go first
                    if let Some(parts) = top_level(pattern) {
                        return all(parts);
                    }
                    let parts = top_level(inside).unwrap_or_else(|| vec![inside.to_owned()]);
                    return all(parts.into_iter().map(|part| format!("{before}{part}{after}")).collect());
                }
            }
            _ => {}
        }
    }
    match top_level(pattern) {
        Some(parts) => all(parts),
        None => (depth == 0 && !escaped).then(|| vec![pattern.to_owned()]),
    }
}

fn all(parts: Vec<String>) -> Option<Vec<String>> {
    let mut out = Vec::new();
    for part in parts {
        out.extend(alternatives(&part)?);
        if out.len() > MOST {
            return None;
        }
    }
    Some(out)
}

/// The parts between bars that stand in no group; nothing when there is no such bar.
fn top_level(pattern: &str) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let (mut depth, mut escaped) = (0_i32, false);
    for c in pattern.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' => depth -= 1,
            '|' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    (parts.len() > 1).then_some(parts)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// This character.
    Char(char),
    /// Anything: `.*`, `.+`.
    Any,
    /// Anything without a slash: `[^/]*`, `[^/]+`.
    Inner,
}

fn of_plain(pattern: &str) -> Option<Vec<String>> {
    let (pattern, from_start) = match pattern.strip_prefix('^') {
        Some(rest) => (rest.strip_prefix("\\./").or_else(|| rest.strip_prefix("./")).unwrap_or(rest), true),
        None => (pattern, false),
    };
    let (pattern, to_end) = match pattern.strip_suffix('$') {
        Some(rest) if !rest.ends_with('\\') => (rest, true),
        _ => (pattern, false),
    };
    let mut pieces = pieces(pattern)?;
    // anything at an edge is as good as no anchor
    let open_start = !from_start || pieces.first() == Some(&Piece::Any);
    let open_end = !to_end || pieces.last() == Some(&Piece::Any);
    while pieces.first() == Some(&Piece::Any) {
        pieces.remove(0);
    }
    while pieces.last() == Some(&Piece::Any) {
        pieces.pop();
    }
    let is_slash = |piece: Option<&Piece>| piece == Some(&Piece::Char('/'));
    // a pattern that matches every path is no wish
    if !pieces.iter().any(|piece| matches!(piece, Piece::Char(c) if *c != '/')) {
        return None;
    }
    let mut globs = vec![match (open_start, is_slash(pieces.first())) {
        (false, _) => String::new(),
        (true, true) => "**".to_owned(),
        (true, false) => "**/*".to_owned(),
    }];
    for (at, piece) in pieces.iter().enumerate() {
        let after_slash = at.checked_sub(1).is_some_and(|before| is_slash(pieces.get(before)));
        let before_slash = is_slash(pieces.get(at + 1));
        let texts: Vec<String> = match piece {
            Piece::Char(c) => vec![globset::escape(&c.to_string())],
            Piece::Inner => vec!["*".to_owned()],
            Piece::Any => match (after_slash, before_slash) {
                (true, true) => vec!["**".to_owned()],
                (true, false) => vec!["**/*".to_owned()],
                (false, true) => vec!["*/**".to_owned()],
                (false, false) => vec!["*".to_owned(), "*/**/*".to_owned()],
            },
        };
        globs = globs.iter().flat_map(|glob| texts.iter().map(move |text| format!("{glob}{text}"))).collect();
        if globs.len() > MOST {
            return None;
        }
    }
    if open_end {
        let end = if is_slash(pieces.last()) { "**" } else { "*" };
        globs.iter_mut().for_each(|glob| glob.push_str(end));
    }
    // `**/**` and `**/*/` say no more than their halves
    Some(globs.into_iter().map(|glob| glob.replace("**/**", "**").replace("/***", "/**")).collect())
}

fn pieces(pattern: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let known = [
            (".*", Piece::Any),
            (".+", Piece::Any),
            ("[^/]*", Piece::Inner),
            ("[^/]+", Piece::Inner),
            ("[.]", Piece::Char('.')),
        ];
        let (piece, length) = match known.iter().find(|(text, _)| rest.starts_with(text)) {
            Some((text, piece)) => (*piece, text.len()),
            None if c == '\\' => {
                let escaped = rest.get(1..)?.chars().next().filter(|c| !c.is_alphanumeric())?;
                (Piece::Char(escaped), 1 + escaped.len_utf8())
            }
            None if "*+?[]{}^$()|".contains(c) => return None,
            None => (Piece::Char(c), c.len_utf8()),
        };
        pieces.push(piece);
        rest = rest.get(length..)?;
        if rest.starts_with(['*', '+', '?', '{']) {
            return None;
        }
    }
    pieces.dedup_by(|b, a| *a == Piece::Any && *b == Piece::Any);
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_what_the_pattern_matches() {
        let patterns = [
            "kustomization\\.yaml",
            ".*/testdata/.*",
            "/templates/",
            "^clusters/",
            "^\\./clusters/.*\\.yaml$",
            "\\.json$",
            "(^|/)vendor/",
            "(^|/)vendor(/|$)",
            "charts|crds",
            "values-(dev|prod)\\.yaml$",
            "apps/.*/kustomization\\.yaml$",
            "apps/.*\\.sops\\.yaml",
            "^apps/[^/]+/values\\.yaml$",
            "gotk.*\\.yaml",
            "(kustomization|values).yaml$",
        ];
        let paths = [
            "kustomization.yaml",
            "apps/web/kustomization.yaml",
            "apps/web/base/kustomization.yaml",
            "apps/web/values.yaml",
            "apps/web/base/values.yaml",
            "apps/web/base/values-dev.yaml",
            "values-prod.yaml",
            "x/testdata/a.yaml",
            "charts/web/templates/a.yaml",
            "clusters/prod/a.yaml",
            "clusters/prod/a.json",
            "a/clusters/prod/a.yaml",
            "vendor/a.yaml",
            "a/vendor/b.yaml",
            "a/vendored/b.yaml",
            "apps/db.sops.yaml",
            "apps/web/db.sops.yaml",
            "flux/gotk-components.yaml",
            "flux/gotk/x.yaml",
            "crds/x.yaml",
        ];
        for pattern in patterns {
            let regex = regex::Regex::new(pattern).unwrap();
            let found = globs(pattern).unwrap_or_else(|| panic!("{pattern} is not translated"));
            for path in paths {
                let matched = found.iter().any(|glob| {
                    // as the configuration reads them: a folder means everything below it
                    [glob.clone(), format!("{glob}/**")].iter().any(|glob| {
                        let glob = globset::GlobBuilder::new(glob).literal_separator(true).build().unwrap();
                        glob.compile_matcher().is_match(path)
                    })
                });
                // what kubeconform is given begins with a folder, `./` among them
                let wanted = regex.is_match(path) || regex.is_match(&format!("./{path}"));
                assert_eq!(matched, wanted, "{pattern} as {found:?} on {path}");
            }
        }
    }

    #[test]
    fn what_globs_cannot_say_is_left() {
        for pattern in ["", ".*", "^", "a{2}", "[a-z]+", "\\d", "(?i)x", "(ab)+", "x**", "(", "a)", "\\", "^.*$", "/"] {
            assert_eq!(globs(pattern), None, "{pattern}");
        }
    }
}
