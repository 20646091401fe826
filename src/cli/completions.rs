//! `plimsoll completions SHELL`: what a shell needs to complete commands and options.

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use super::Refusal;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Refusal> {
    let mut out = Vec::new();
    generate(arguments.shell, &mut super::Arguments::command(), "plimsoll", &mut out);
    super::print(&String::from_utf8_lossy(&out));
    Ok(0)
}
