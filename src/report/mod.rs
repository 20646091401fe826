//! An outcome as bytes, one file a format. The only place that knows lines and columns. Leaves out where the bytes go.

mod checkstyle;
mod excerpt;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod markdown;
mod page;
mod places;
mod sarif;
mod wording;
mod xml;

pub use checkstyle::checkstyle;
pub use excerpt::{Diagnostic, Look, harmless, render};
pub use github::github;
pub use gitlab::gitlab;
pub use human::{Human, human};
pub use json::{JSON_VERSION, json, write_json};
pub use junit::junit;
pub use markdown::{MARKER, markdown};
pub use page::page;
pub use sarif::{code_scanning, sarif};
