//! CODEOWNERS: which teams answer for a file. Reads GitHub's form and GitLab's sections; the last line that matches
//! counts, in each section of its own.
//! (<https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>,
//! <https://docs.gitlab.com/user/project/codeowners/reference/>)

use globset::{GlobBuilder, GlobMatcher};

/// Where such a file may be, in the order in which it is looked for.
pub const OWNERS_FILES: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

#[derive(Debug, Clone)]
struct Line {
    section: usize,
    paths: Vec<GlobMatcher>,
    owners: Vec<String>,
}

/// A CODEOWNERS file.
#[derive(Debug, Clone, Default)]
pub struct Owners {
    lines: Vec<Line>,
    sections: usize,
}

impl Owners {
    /// Reads one. A line that cannot be understood names nobody, as with the services that read it.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut read = Self { lines: Vec::new(), sections: 1 };
        let mut inherited: Vec<String> = Vec::new();
        for line in text.lines() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(owners) = section(line) {
                read.sections += 1;
                inherited = owners;
                continue;
            }
            let mut words = words(line);
            if words.is_empty() {
                continue;
            }
            let pattern = words.remove(0);
            let owners = if words.is_empty() { inherited.clone() } else { words };
            let paths = globs(&pattern);
            if !paths.is_empty() {
                read.lines.push(Line { section: read.sections - 1, paths, owners });
            }
        }
        read
    }

    /// The owners of a file, as they are written.
    #[must_use]
    pub fn of(&self, path: &str) -> Vec<&str> {
        let mut out = Vec::new();
        for section in 0..self.sections {
            let line = self
                .lines
                .iter()
                .rev()
                .find(|line| line.section == section && line.paths.iter().any(|glob| glob.is_match(path)));
            out.extend(line.into_iter().flat_map(|line| line.owners.iter().map(String::as_str)));
        }
        out
    }
}

/// The default owners of a section head (`[Name]`, `^[Name][2] @owner`); none when the line is no such head.
fn section(line: &str) -> Option<Vec<String>> {
    let rest = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?;
    let (_, rest) = rest.split_once(']')?;
    let rest = match rest.strip_prefix('[') {
        Some(count) => count.split_once(']')?.1,
        None => rest,
    };
    // `[ab]*.yaml @x` is a pattern
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| words(rest))
}

/// The words of a line, with `\ ` and `\#` for themselves, up to a comment.
fn words(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => word.extend(chars.next()),
            '#' if word.is_empty() => break,
            c if c.is_whitespace() => {
                if !word.is_empty() {
                    out.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// A pattern with a slash before its end counts from the root; a folder means all below, `folder/*` only what is in it.
fn globs(pattern: &str) -> Vec<GlobMatcher> {
    let inner = pattern.trim_start_matches('/').trim_end_matches('/');
    let anchored = pattern.starts_with('/') || inner.contains('/');
    let base = if anchored { inner.to_owned() } else { format!("**/{inner}") };
    let shapes = if inner.is_empty() {
        vec!["**".to_owned()]
    } else if pattern.ends_with('/') {
        vec![format!("{base}/**")]
    } else if base.ends_with("/*") && anchored {
        vec![base]
    } else {
        vec![format!("{base}/**"), base]
    };
    let build = |text: &String| GlobBuilder::new(text).literal_separator(true).build().ok();
    shapes.iter().filter_map(build).map(|glob| glob.compile_matcher()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_that_matches_counts() {
        let owners = Owners::read(
            "# all\n* @acme/all\n*.yaml @acme/yaml # inline\n/apps/pay/ @acme/pay @bob\ndocs/* a@b.c\nwith\\ blank/ @s\n/apps/pay/open/\n",
        );
        let of = |path: &str| owners.of(path).join(" ");
        assert_eq!(of("x.json"), "@acme/all");
        assert_eq!(of("deep/x.yaml"), "@acme/yaml");
        assert_eq!(of("apps/pay/deep/x.yaml"), "@acme/pay @bob");
        assert_eq!(of("other/apps/pay/x.json"), "@acme/all");
        assert_eq!(of("docs/x.json"), "a@b.c");
        assert_eq!(of("docs/deep/x.json"), "@acme/all");
        assert_eq!(of("with blank/x.json"), "@s");
        assert_eq!(of("apps/pay/open/x.yaml"), "");
    }

    #[test]
    fn each_section_counts_for_itself() {
        let owners = Owners::read("* @all\n[Data] @dba\n*.sql\n^[Ops][2]\n*.yaml @ops\n[ab].txt @pattern\n");
        assert_eq!(owners.of("x.sql"), ["@all", "@dba"]);
        assert_eq!(owners.of("x.yaml"), ["@all", "@ops"]);
        assert_eq!(owners.of("a.txt"), ["@all", "@pattern"]);
    }
}
