//! A path inside a document, told by names where a list's items have them.

use std::fmt;

/// One step of a [`Pointer`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// A key of a mapping.
    Key(String),
    /// An item of a list, with the value of its `name` (or other key) when it has one.
    Item(usize, Option<String>),
}

/// A path inside a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Pointer(pub Vec<Segment>);

impl Pointer {
    /// The path as the API server writes it: `spec.containers[0].image`, keys that hold dots in brackets.
    #[must_use]
    pub fn to_field_path(&self) -> String {
        self.write(|index, _| format!("[{index}]"))
    }

    /// The path by names alone: items by name where they have one, else `[]`, so that the text survives a reordering
    /// and an item more.
    #[must_use]
    pub fn by_names(&self) -> String {
        self.write(|_, name| name.map_or_else(|| "[]".to_owned(), |name| format!("[{name}]")))
    }

    fn write(&self, item: impl Fn(usize, Option<&str>) -> String) -> String {
        let mut out = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Key(key) if key.contains(['.', '/', '[', ' ']) || key.is_empty() => {
                    out.push_str(&format!("[{key}]"));
                }
                Segment::Key(key) => {
                    if !out.is_empty() {
                        out.push('.');
                    }
                    out.push_str(key);
                }
                Segment::Item(index, name) => out.push_str(&item(*index, name.as_deref())),
            }
        }
        out
    }
}

/// List items by name where they have one, else by index.
impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write(|index, name| name.map_or_else(|| format!("[{index}]"), |name| format!("[{name}]"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_go_by_name_and_dotted_keys_in_brackets() {
        let pointer = Pointer(vec![
            Segment::Key("spec".into()),
            Segment::Key("containers".into()),
            Segment::Item(1, Some("web".into())),
            Segment::Key("args".into()),
            Segment::Item(2, None),
            Segment::Key("a.b/c".into()),
        ]);
        assert_eq!(pointer.to_string(), "spec.containers[web].args[2][a.b/c]");
        assert_eq!(pointer.by_names(), "spec.containers[web].args[][a.b/c]");
        assert_eq!(pointer.to_field_path(), "spec.containers[1].args[2][a.b/c]");
    }
}
