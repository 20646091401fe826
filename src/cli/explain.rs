//! `plimsoll explain`: a check's page, or what a kind and its fields are; both from the binary. Which of the two is meant is
//! told here, the kinds are `fields`'.

use crate::engine;
use crate::finding::nearest;
use crate::report;

use super::Refusal;
use super::fields::{self, Question};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A check (`pack/check-id`, or its last part), or a kind and a field of it: `Deployment.spec.strategy`, `deploy.spec`
    #[arg(value_name = "CHECK|KIND[.FIELD]")]
    what: String,
    /// Of a kind: every field below, as a tree
    #[arg(long, short)]
    recursive: bool,
    /// Of a kind: this version of it, such as apps/v1
    #[arg(long, value_name = "VERSION")]
    api_version: Option<String>,
    /// Of a kind: as this version of Kubernetes has it; the newest that is configured unless given
    #[arg(long, short = 'k', value_name = "VERSION")]
    kubernetes_version: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Refusal> {
    let (registry, _) = engine::registry(&[]);
    let metas = registry.metas();
    let wanted = arguments.what.as_str();
    let found = metas.iter().find(|meta| &*meta.id.0 == wanted).or_else(|| {
        let mut named = metas.iter().filter(|meta| meta.id.name() == wanted);
        let first = named.next();
        if named.next().is_some() { None } else { first }
    });
    if let Some(meta) = found {
        super::print(&report::page(meta, None));
        return Ok(0);
    }
    let question = Question {
        path: wanted,
        api_version: arguments.api_version.as_deref(),
        kubernetes_version: arguments.kubernetes_version.as_deref(),
        recursive: arguments.recursive,
    };
    if let Some(told) = fields::tell(&question)? {
        super::print(&told);
        return Ok(0);
    }
    let names = metas.iter().flat_map(|meta| [&*meta.id.0, meta.id.name()]);
    let kind = wanted.split('.').next().unwrap_or(wanted);
    let near = nearest(wanted, names).or_else(|| fields::nearest_kind(kind));
    let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    let what = if wanted.contains('/') { "no check is" } else { "no check and no kind is" };
    let name = if wanted.contains('/') { wanted } else { kind };
    Err(Refusal::new(format!("{what} called `{name}`"))
        .help(format!("{near}`plimsoll checks` lists checks, `plimsoll schemas` kinds")))
}
