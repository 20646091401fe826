//! The contract of a check: what it declares, what it is given, where its findings go. Leaves out every check.

mod declaration;
mod findings;
mod outcome;
mod registry;
mod stage;
mod target;

pub use declaration::{CheckMeta, Declaration, Says};
pub use findings::{Draft, Findings, Off};
pub use outcome::{
    Acceptance, Accepted, Account, Failure, KindWithoutSchema, Outcome, Remains, Staged, Unread, Verdict,
};
pub use registry::{Check, CheckError, Registry};
pub use stage::{Observer, Stage, during};
pub use target::{Document, Others, Settled, Standing, Target};
