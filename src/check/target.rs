//! What a check is given: one document, one object with what is known around it, a word on a build, or what became of
//! exceptions.

use std::sync::Arc;

use crate::config::{CommentProblem, Date, Exception, Line, Lock};
use crate::facts::Crds;
use crate::graph::{Inventory, ResourceIndex};
use crate::kube::{Class, Resource};
use crate::overlay::Notice;
use crate::source::{SourceId, Span};
use crate::yaml::{Problem, Tree};

/// How much of an object its file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// All: the cluster gets it as written.
    Whole,
    /// A build may still add to it and change it: only what no build can mend is wrong.
    Part,
    /// It is a patch: directives may stand in it.
    Patch,
}

/// One document of a file.
#[derive(Debug)]
pub struct Document {
    /// Its file.
    pub source: SourceId,
    /// Its path.
    pub path: Arc<str>,
    /// Counted from 0.
    pub ordinal: u32,
    /// Its text.
    pub span: Span,
    /// What it is.
    pub class: Class,
    /// Whether it speaks of Kubernetes, as far as it can be read. What another tool makes of its own files is not known
    /// here.
    pub ours: bool,
    /// Whether Kustomize reads it before anyone else does.
    pub built: bool,
    /// What could be read.
    pub tree: Option<Arc<Tree>>,
    /// The objects in it, until it is known where it stands.
    pub objects: Vec<Resource>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Exceptions written into it.
    pub exceptions: Vec<Result<Exception, CommentProblem>>,
}

/// What became of the exceptions and the baseline of a run.
#[derive(Debug, Default)]
pub struct Settled {
    /// Exceptions that fit nothing, where all that they could fit was judged.
    pub unused: Vec<Arc<Exception>>,
    /// Exceptions whose last day is past and that still hold, with the first day on which they will not.
    pub ending: Vec<(Arc<Exception>, Date)>,
    /// Exceptions from checks that a configuration above has locked, with the place of the lock and the check.
    pub refused: Vec<(Arc<Exception>, Lock)>,
    /// Comments that cannot be followed.
    pub unreadable: Vec<CommentProblem>,
    /// Lines of the baseline that no finding fits any more.
    pub stale: Vec<(Line, Span)>,
    /// What stands for something to be fetched that nothing asks for: its address, and where the configuration has it.
    pub remotes: Vec<(String, Span)>,
}

/// Gives an object by its index. Its tree may have to be made anew: ask only for what is related.
pub type Others<'a> = dyn Fn(ResourceIndex) -> Option<Resource> + 'a;

/// What a check looks at.
pub enum Target<'a> {
    /// A document.
    Document(&'a Document),
    /// An object.
    Resource {
        /// It.
        resource: &'a Resource,
        /// Its index in the inventory.
        index: ResourceIndex,
        /// Where it stands: its file, or the kustomization of the unit that it was rendered for.
        path: &'a str,
        /// How much of it is known.
        standing: Standing,
        /// Gives the others, by index.
        others: &'a Others<'a>,
        /// What refers to what.
        inventory: &'a Inventory<'a>,
        /// The CRDs of the repository.
        crds: &'a Crds,
        /// The minors that are asked for, ascending; never empty.
        minors: &'a [u16],
    },
    /// What is to be said of a build beside its objects.
    Notice(&'a Notice),
    /// Exceptions and baseline, when all findings are known.
    Settled(&'a Settled),
}
