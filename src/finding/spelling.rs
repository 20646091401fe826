//! "did you mean": the nearest of the names that would have been right.

/// The nearest of some names to what someone wrote; nothing when none is near enough to be meant.
#[must_use]
pub fn nearest<'n>(written: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let lower = written.to_lowercase();
    let limit = match written.chars().count() {
        0..=2 => 0,
        3..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    names
        .filter(|name| *name != written)
        .filter_map(|name| {
            // the lower case of other letters may be longer or shorter
            if name.is_ascii() && lower.len().abs_diff(name.len()) > limit {
                return None;
            }
            let found = name.to_lowercase();
            if found == lower {
                return Some((0, name));
            }
            if found.len().abs_diff(lower.len()) > limit {
                return None;
            }
            let distance = strsim::osa_distance(&lower, &found);
            (distance <= limit).then_some((distance, name))
        })
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = || ["replicas", "selector", "template", "ttl"].into_iter();
        assert_eq!(nearest("replcas", names()), Some("replicas"));
        assert_eq!(nearest("Replicas", names()), Some("replicas"));
        assert_eq!(nearest("foo", names()), None);
        assert_eq!(nearest("x", names()), None);
    }
}
