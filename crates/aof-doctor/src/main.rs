//! The `aof-doctor` program. Everything it does is in the library of the same name.

use std::process::ExitCode;

fn main() -> ExitCode {
    aof_doctor::run(std::env::args_os())
}
