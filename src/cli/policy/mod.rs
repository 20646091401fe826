//! `plimsoll policy`: policies of one's own, begun and tested with this program alone.

mod new;
mod test;

use clap::Subcommand;

use super::Refusal;

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the tests of policies: every rule `test_…`, as `opa test` runs them
    Test(test::Arguments),
    /// Begin a policy with its test
    New(new::Arguments),
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Refusal> {
    match &arguments.command {
        Command::Test(arguments) => test::run(arguments),
        Command::New(arguments) => new::run(arguments),
    }
}
