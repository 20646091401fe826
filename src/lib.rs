//! Plimsoll reads a GitOps repository as the cluster would, and says in one diagnostic what breaks, where, why, and
//! how to mend it. The modules are the pipeline's stages; `ARCHITECTURE.md` has their layers.

pub mod check;
pub mod cli;
pub mod config;
pub mod engine;
pub mod facts;
pub mod finding;
pub mod graph;
pub mod kube;
pub mod native;
pub mod overlay;
pub mod policy;
pub mod report;
pub mod schema;
pub mod source;
pub mod yaml;
