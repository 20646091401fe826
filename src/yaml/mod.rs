//! Bytes to a tree in which every node knows where it was written. Reads YAML as go-yaml v2 does beneath
//! sigs.k8s.io/yaml (YAML 1.1 scalars, merge keys) and JSON. Has never heard of Kubernetes' kinds, and never fails:
//! what it cannot read is a [`Problem`] with a place.

mod builder;
mod comment;
mod de;
mod directive;
mod document;
mod draft;
mod edit;
mod emit;
mod explain;
mod json;
mod node;
mod parse;
mod problem;
mod scalar;
mod scanner;
mod text;
mod tree;
mod value;
mod written;

pub use comment::{Comment, Remark, comments, remarks};
pub use de::{DeError, from_node};
pub use document::{Document, Reader, documents};
pub use draft::{Content, Draft, Grounds, Key, Origin, SUBSTITUTED, Step, Type};
pub(crate) use draft::{Spelling, timestamp};
pub use edit::{Change, NoEdit, apply, edit};
pub use emit::{emit, natural_order};
pub(crate) use emit::{float, is_written_plainly, json_float, may_be_plain, short_float};
pub(crate) use explain::is_odd_blank;
pub use node::{Entry, Found, Node, NodeKind};
pub use problem::{Problem, ProblemKind};
pub(crate) use scalar::plain_as;
pub use scalar::{Reading, Scalar, is_unknowable};
pub use tree::{Anchor, Style, Tree};
pub(crate) use written::{in_double_quotes, in_single_quotes};
