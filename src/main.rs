//! The binary: hands over to the command line and ends with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    plimsoll::cli::main()
}
