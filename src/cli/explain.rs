//! `plimsoll explain <check>`: a check's page, from the binary.

use crate::engine;
use crate::finding::nearest;
use crate::report;

use super::Refusal;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The check: `pack/check-id`, or its last part
    check: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Refusal> {
    let (registry, _) = engine::registry(&[]);
    let metas = registry.metas();
    let wanted = arguments.check.as_str();
    let found = metas.iter().find(|meta| &*meta.id.0 == wanted).or_else(|| {
        let mut named = metas.iter().filter(|meta| meta.id.name() == wanted);
        let first = named.next();
        if named.next().is_some() { None } else { first }
    });
    if let Some(meta) = found {
        super::print(&report::page(meta, None));
        return Ok(0);
    }
    let names = metas.iter().flat_map(|meta| [&*meta.id.0, meta.id.name()]);
    let near = nearest(wanted, names).map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    Err(Refusal::new(format!("no check is called `{wanted}`")).help(format!("{near}`plimsoll checks` lists them")))
}
