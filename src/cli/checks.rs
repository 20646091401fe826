//! `plimsoll checks`: every check with its severity, in one list.

use std::fmt::Write as _;

use crate::engine;

use super::Refusal;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Only checks of this pack
    pack: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Refusal> {
    let (registry, _) = engine::registry(&[]);
    let metas = registry.metas();
    let mut out = String::new();
    let wanted = |pack: &str| arguments.pack.as_deref().is_none_or(|wanted| wanted == pack);
    let width = metas.iter().map(|meta| meta.id.0.len()).max().unwrap_or(0);
    for meta in metas.iter().filter(|meta| wanted(meta.id.pack())) {
        let _ = writeln!(
            out,
            "{:width$}  {:7}  {:7}  {}",
            meta.id.0,
            meta.severity.as_str(),
            meta.says.as_str(),
            meta.title
        );
    }
    if out.is_empty() {
        let mut packs: Vec<&str> = metas.iter().map(|meta| meta.id.pack()).collect();
        packs.dedup();
        return Err(Refusal::new(format!("no pack is called `{}`", arguments.pack.as_deref().unwrap_or_default()))
            .help(format!("the packs are {}", packs.join(", "))));
    }
    super::print(&out);
    Ok(0)
}
