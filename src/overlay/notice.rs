//! What is to be said of builds and their owners beside their objects: builds that fail, files that no build takes in, owners
//! that name what is not there. Leaves out in which words.

use crate::source::Span;

use super::appset::Unexpanded;
use super::artifact::LeftOut;
use super::kustomize::{Missed, Problem, Role, Silent, Stale};
use super::owners::Engine;

/// One thing to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A build stops at an entry.
    Build {
        /// The folder of the root.
        root: String,
        /// Why.
        problem: Problem,
        /// The entry that asks for it, or the beginning of the kustomization.
        place: Span,
        /// What the entry asks for, when it is one that names a file.
        role: Option<Role>,
        /// Whether it may be in order all the same: the entry leads out of what is looked at, or another tool fills in
        /// the file first.
        unknowable: bool,
    },
    /// An entry does nothing in every build that it is part of.
    Idle {
        /// What it is for.
        silent: Silent,
        /// The folders of the roots.
        roots: Vec<String>,
    },
    /// A field holds what an object was called before a build.
    Stale {
        /// Which, and how the object is called now.
        stale: Stale,
        /// The folders of the roots.
        roots: Vec<String>,
    },
    /// A file beside a kustomization that does not list it.
    Unlisted {
        /// The kustomization's folder.
        folder: String,
        /// The first object of the file.
        place: Span,
    },
    /// A Component that no kustomization takes in.
    Unused {
        /// Its folder.
        folder: String,
        /// Its kind, where it says that it is one.
        place: Span,
    },
    /// An owner deploys a folder that is not there, although others deploy folders of the same repository.
    NoFolder {
        /// Whose it is.
        engine: Engine,
        /// What is written.
        text: String,
        /// The nearest folder that is there.
        near: Option<String>,
        /// Where.
        place: Span,
    },
    /// A source of Flux that nothing defines.
    NoSource {
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
        /// The nearest of that kind.
        near: Option<String>,
        /// Where it is named.
        place: Span,
    },
    /// A file of values that is not there.
    NoValues {
        /// Whose it is.
        engine: Engine,
        /// What is written.
        text: String,
        /// The nearest file in the folder.
        near: Option<String>,
        /// Where.
        place: Span,
    },
    /// Two owners deploy the same objects to one cluster.
    Twice {
        /// Whose they are.
        engine: Engine,
        /// The objects.
        objects: Vec<String>,
        /// The name of the second one.
        own: String,
        /// The name of the other, with its kind where that is another engine's.
        other: String,
        /// Whether it is.
        mixed: bool,
        /// Where the second one names what it deploys.
        place: Span,
        /// Where the first one does.
        first: Span,
    },
    /// A Flux Kustomization waits for one that is not there.
    NoDependency {
        /// Its name.
        name: String,
        /// The nearest name that is there.
        near: Option<String>,
        /// Where.
        place: Span,
    },
    /// A variable that Flux would put in and that its Kustomization does not define.
    Undefined {
        /// Its name.
        name: String,
        /// The nearest that is defined.
        near: Option<String>,
        /// Where it stands.
        place: Span,
        /// The folders of the roots.
        roots: Vec<String>,
    },
    /// A place where Flux cannot put in what it is asked for, so that it stops.
    Unsubstituted {
        /// Why.
        why: Missed,
        /// Where.
        place: Span,
        /// The folders of the roots.
        roots: Vec<String>,
    },
    /// A kustomization that Flux builds names a file that it does not get.
    LeftOut {
        /// Which, and why not.
        what: LeftOut,
        /// The folders of the roots.
        roots: Vec<String>,
    },
    /// A set of Applications that is not known to make any.
    Unexpanded(Unexpanded),
    /// Flux Kustomizations that wait for each other.
    Waiting {
        /// Their names, in the order in which they wait.
        names: Vec<String>,
        /// Where the first one says so.
        place: Span,
    },
}

impl Notice {
    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Span {
        match self {
            Self::Idle { silent, .. } => silent.place,
            Self::Stale { stale, .. } => stale.place,
            Self::LeftOut { what, .. } => what.entry,
            Self::Unexpanded(set) => set.place,
            Self::Build { place, .. }
            | Self::Unlisted { place, .. }
            | Self::Unused { place, .. }
            | Self::Undefined { place, .. }
            | Self::Unsubstituted { place, .. }
            | Self::NoFolder { place, .. }
            | Self::Twice { place, .. }
            | Self::NoSource { place, .. }
            | Self::NoValues { place, .. }
            | Self::NoDependency { place, .. }
            | Self::Waiting { place, .. } => *place,
        }
    }

    /// The roots of the builds that it is said of.
    #[must_use]
    pub fn roots(&self) -> &[String] {
        match self {
            Self::Build { root, .. } => std::slice::from_ref(root),
            Self::Idle { roots, .. }
            | Self::Stale { roots, .. }
            | Self::Undefined { roots, .. }
            | Self::LeftOut { roots, .. }
            | Self::Unsubstituted { roots, .. } => roots,
            _ => &[],
        }
    }
}
