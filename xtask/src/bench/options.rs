//! What the command line asks for.

use aof_testkit::Workload;

/// The options of a bench.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// Size of each log in MiB.
    pub(super) mib: u64,
    /// Rounds of each race.
    pub(super) runs: usize,
    /// Which logs, in the order of [`Workload::ALL`].
    pub(super) workloads: Vec<Workload>,
    /// Whether to write the dated page.
    pub(super) record: bool,
}

impl Options {
    /// Reads them; the error says what is wrong.
    pub(super) fn read(args: &[String]) -> Result<Self, String> {
        let mut options =
            Self { mib: 512, runs: 5, workloads: Workload::ALL.to_vec(), record: false };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} needs a value"));
            match arg.as_str() {
                "--size" => options.mib = number(value()?)?,
                "--runs" => options.runs = number(value()?)? as usize,
                "--only" => options.workloads = workloads(value()?)?,
                "--record" => options.record = true,
                _ => return Err(format!("{arg} is no option")),
            }
        }
        Ok(options)
    }

    /// What repeats a measurement of chosen logs, behind `cargo xtask bench`.
    pub(super) fn command(&self, what: &str) -> String {
        let names: Vec<&str> = self.workloads.iter().map(|it| it.name()).collect();
        format!("{what} --size {} --runs {} --only {}", self.mib, self.runs, names.join(","))
    }
}

/// A whole number from 1 to a million.
fn number(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|n| (1..=1_000_000).contains(n));
    number.ok_or(format!("{text} is no number from 1 to 1000000"))
}

fn workloads(text: &str) -> Result<Vec<Workload>, String> {
    let named = |name| Workload::named(name).ok_or(format!("there is no log {name}"));
    let wanted: Vec<Workload> = text.split(',').map(named).collect::<Result<_, _>>()?;
    let mut all = Workload::ALL.to_vec();
    all.retain(|workload| wanted.contains(workload));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, String> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::read(&args)
    }

    #[test]
    fn without_options_all_logs_are_measured() {
        let options = read("").unwrap();
        assert_eq!((options.mib, options.runs, options.record), (512, 5, false));
        assert_eq!(options.workloads, Workload::ALL);
    }

    #[test]
    fn every_option_is_heard_and_logs_keep_their_order() {
        let options = read("--only mixed,set64 --size 32 --record --runs 1").unwrap();
        assert_eq!((options.mib, options.runs, options.record), (32, 1, true));
        assert_eq!(options.workloads, [Workload::Set64, Workload::Mixed]);
    }

    #[test]
    fn the_command_says_how_to_repeat_it() {
        let options = read("--only set64,mixed --size 32 --runs 3 --record").unwrap();
        assert_eq!(options.command("check"), "check --size 32 --runs 3 --only set64,mixed");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in ["--size", "--size 0", "--runs x", "--runs -1", "--only set65", "--fast"] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
