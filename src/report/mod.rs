//! An outcome as bytes, one file a format. The only place that knows lines and columns. Leaves out where the bytes go.

mod excerpt;
mod human;
mod json;
mod page;

pub use excerpt::{Diagnostic, Look, render};
pub use human::{Human, human};
pub use json::{JSON_VERSION, json};
pub use page::page;
