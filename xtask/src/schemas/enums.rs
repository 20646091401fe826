//! Enumerations of Kubernetes' own fields: the package that the schemas come from has none, so they are taken from the
//! markers of the Go API library, a minor from the release of that minor, and put into its definitions. The list is kept
//! beside the bundle, where a change of it can be read.

use std::path::Path;

use serde_json::{Value, json};

use super::fetch::{Source, said_by_library};

/// The keyword under which values travel from here into the bundle: `enum` itself is dropped, because the package makes
/// some up.
pub const KEYWORD: &str = "x-enum";

/// The library, and the minors that have markers. Before 1.23 it had none.
const MARKED: std::ops::RangeInclusive<u16> = 23..=37;

const HEAD: &str = "# Enumerations of the Kubernetes API library, made by `cargo xtask schemas enums`: definition, field, \
                    first and last minor, values\n";

/// Makes the list anew, by a Go program that reads the library's sources.
pub fn make(root: &Path) -> Result<String, String> {
    let lines = said_by_library(&root.join("xtask/go/enums"), MARKED)?;
    Ok(format!("{HEAD}{lines}"))
}

/// Puts the values into the definitions.
pub fn put(sources: &mut [Source], list: &str) -> Result<usize, String> {
    let mut count = 0;
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split('\t').collect();
        let [definition, field, first, last, values] = words.as_slice() else {
            return Err(format!("a line of other than five words: {line}"));
        };
        let minor = |text: &str| text.parse::<u16>().map_err(|error| format!("{line}: {error}"));
        let minors = minor(first)?..=minor(last)?;
        // what is empty counts as not said
        let mut values: Vec<&str> = values.split(',').filter(|value| !value.is_empty()).collect();
        values.push("");
        for source in sources.iter_mut().filter(|source| minors.contains(&source.minor)) {
            let path = match field.strip_suffix("[]") {
                Some(field) => format!("/properties/{field}/items"),
                None => format!("/properties/{field}"),
            };
            let found = source.definitions.get_mut(*definition).and_then(|body| body.pointer_mut(&path));
            // alpha fields are in the library and not in every document of it
            let Some(Value::Object(schema)) = found else { continue };
            schema.insert(KEYWORD.to_owned(), json!(values));
            count += 1;
        }
    }
    Ok(count)
}
