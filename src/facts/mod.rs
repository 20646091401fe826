//! What Kubernetes is: the schemas of its kinds by minor version, read from a packed bundle in the binary.
//!
//! A [`Pack`] is a table of bytes; nothing of it is decoded before it is asked for, so it costs nothing at start-up.
//! One of those in the binary holds Kubernetes itself, another the kinds of widely used projects ([`projects`]); the
//! same format, written by the same [`Packer`], holds the CustomResourceDefinitions that a repository brings
//! ([`pack_crd_schema`]).
//!
//! Beside it lies a table of when each kind comes and goes ([`life`]).
//!
//! What schemas say to people lies in a third pack ([`descriptions`]), which nobody opens who only judges; scope and names of
//! built-in kinds in a small table ([`scope()`]).
//!
//! Left out: any judging of documents, which is `schema`'s.

mod crd;
mod crds;
mod describe;
mod draft;
mod fields;
mod format;
mod lifecycle;
mod locations;
mod lock;
mod openapi;
mod pack;
mod packer;
mod schema;
mod scope;
mod writer;

use std::ops::RangeInclusive;
use std::sync::LazyLock;

pub use crd::{pack_crd_schema, read_crd_schema};
pub use crds::{Crd, CrdVersion, Crds, DefinedBy, shared_folders};
pub use describe::{DEFAULT_KEYWORD, first_sentence, pack_crd_descriptions, read_crd_descriptions, read_descriptions};
pub use draft::{Draft, NodeId};
pub use fields::{Properties, Property};
pub use lifecycle::{Life, life, lives, ranges, served_by_all, served_minors, stability};
pub use locations::{Location, Locations, Template};
pub use lock::{Definition, Definitions, LockProblem, Version, read_lock, write_lock};
pub use openapi::{Dialect, Unnamed, read_schema};
pub use pack::{KindEntry, Origin, Pack, PackError};
pub use packer::Packer;
pub use schema::{Additional, ListType, MapType, Schema, Type, Validation};
pub use scope::{Scope, names, plural, scope};

/// The minors of Kubernetes 1.x whose schemas the embedded bundle holds.
pub const MINORS: RangeInclusive<u16> = 20..=37;

/// The bundle that ships with the binary: every kind of Kubernetes in every one of [`MINORS`].
///
/// `schemas/SOURCES.md` says where it comes from; `cargo xtask schemas` makes it.
pub fn embedded() -> &'static Pack {
    // A test opens it, so the empty pack is never seen; it stands here because a library does not panic.
    static BUNDLE: LazyLock<Pack> = LazyLock::new(|| {
        let bytes: &'static [u8] = include_bytes!("../../schemas/kubernetes.bin");
        Pack::open(bytes).unwrap_or_else(|_| Pack::empty())
    });
    &BUNDLE
}

/// The second bundle that ships with the binary: kinds of widely used projects, one release of each, with their
/// [`Origin`]. A cluster may have another release, so what it says is a hint and no verdict.
pub fn projects() -> &'static Pack {
    static BUNDLE: LazyLock<Pack> = LazyLock::new(|| {
        let bytes: &'static [u8] = include_bytes!("../../schemas/crds.bin");
        Pack::open(bytes).unwrap_or_else(|_| Pack::empty())
    });
    &BUNDLE
}

/// What the kinds of both bundles say to people, by the same names: one sentence a field, and defaults of built-in kinds,
/// which their schemas do not carry. Kinds of projects stand at minor 0.
pub fn descriptions() -> &'static Pack {
    static BUNDLE: LazyLock<Pack> = LazyLock::new(|| {
        let bytes: &'static [u8] = include_bytes!("../../schemas/descriptions.bin");
        Pack::open(bytes).unwrap_or_else(|_| Pack::empty())
    });
    &BUNDLE
}

#[cfg(test)]
mod tests;
