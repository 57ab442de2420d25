//! Directives that change what a start does: what each of them sets.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::line::{self, c_string};
use super::reader::Reader;
use super::rename::BadName;
use super::users::{BadUser, Wrong};
use super::value::{self, Value};
use crate::escape;

/// What a line leads to beside what it sets.
pub(super) enum Next {
    /// Nothing.
    Go,
    /// Other files are read in its place.
    Include(PathBuf),
}

impl Reader {
    /// Applies one line to the settings; what is unknown is passed over.
    ///
    /// `Err` is a reason why no server starts with this line.
    pub(super) fn apply(&mut self, words: &[Vec<u8>]) -> Value<Next> {
        let Some((name, values)) = words.split_first() else { return Ok(Next::Go) };
        let name = name.to_ascii_lowercase();
        match name.as_slice() {
            b"include" => return Ok(Next::Include(path(one(values)?).to_owned())),
            b"dir" => self.change_folder(path(one(values)?))?,
            b"rename-command" => self.rename(values)?,
            b"replicaof" | b"slaveof" => self.replicate(values)?,
            b"save" => self.save(values)?,
            b"user" => self.user(values)?,
            b"loadmodule" if values.is_empty() => return Err("it names no module".to_owned()),
            b"loadmodule" => self.conf.modules = true,
            b"aclfile" => self.name_acl_file(c_string(one(values)?)),
            b"cluster-config-file" => self.name_nodes_file(c_string(one(values)?)),
            name => self.set(name, values)?,
        }
        Ok(Next::Go)
    }

    /// Directives with one plain value.
    fn set(&mut self, name: &[u8], values: &[Vec<u8>]) -> Value<()> {
        match name {
            b"appendonly" => self.conf.appendonly = Some(value::yes_or_no(one(values)?)?),
            b"aof-load-truncated" => {
                self.conf.load_truncated = value::yes_or_no(one(values)?)?;
            }
            b"aof-use-rdb-preamble" => self.conf.rdb_preamble = value::yes_or_no(one(values)?)?,
            b"cluster-enabled" => self.conf.cluster = value::yes_or_no(one(values)?)?,
            b"appendfilename" => {
                self.conf.append_filename = Some(value::filled_name(one(values)?)?);
            }
            b"appenddirname" => {
                self.conf.append_dirname = Some(value::filled_name(one(values)?)?);
            }
            b"dbfilename" => {
                self.conf.db_filename = value::base_name(one(values)?)?;
                if self.conf.db_filename.is_empty() {
                    self.note("the name is empty: Valkey 8.1 and 9.1 do not start with this line");
                }
            }
            b"databases" => self.conf.databases = value::databases(one(values)?)?,
            b"cluster-databases" => self.conf.cluster_databases = value::databases(one(values)?)?,
            b"maxmemory" => self.conf.maxmemory = self.memory(one(values)?)?,
            b"aof-load-corrupt-tail-max-size" => {
                self.conf.corrupt_tail_max = self.memory(one(values)?)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn memory(&mut self, text: &[u8]) -> Value<u64> {
        let memory = value::memory(text)?;
        if memory.huge {
            self.note("the number is so large that servers differ: some refuse it, others cap it");
        }
        Ok(memory.bytes)
    }

    /// `replicaof HOST PORT`, or `no one`; from 7.0 on both may stand in one word.
    fn replicate(&mut self, values: &[Vec<u8>]) -> Value<()> {
        let (values, split) = spread(values);
        let [host, port] = values.as_slice() else {
            return Err("it takes a host and a port, or `no one`".to_owned());
        };
        if host.eq_ignore_ascii_case(b"no") && port.eq_ignore_ascii_case(b"one") {
            self.replica_of = None;
            return Ok(());
        }
        let port = value::port(port)?;
        if split {
            self.note("Redis 6.2 wants host and port in two words, and does not start");
        }
        let shown = format!("{}:{port}", escape::bytes(c_string(host)));
        self.replica_of = Some((shown, self.place.clone()));
        Ok(())
    }

    /// The first line takes the place of the defaults, further ones add to it; `""` removes all.
    fn save(&mut self, values: &[Vec<u8>]) -> Value<()> {
        let none = matches!(values, [one] if one.is_empty());
        let count = values.len();
        let (values, _) = spread(values);
        let points: Vec<Option<i64>> =
            values.iter().map(|value| value::loose_integer(value)).collect();
        let good = |pair: &[Option<i64>]| matches!(pair, [Some(seconds), Some(changes)] if *seconds >= 1 && *changes >= 0);
        if !none && !points.chunks(2).all(good) {
            return Err("it takes pairs of seconds and changes".to_owned());
        }
        if !none && !points.is_empty() && count != 2 {
            self.note("Redis 6.2 takes one pair a line, and ignores this one");
        }
        let before = self.saves_said && self.conf.saves;
        self.saves_said = true;
        self.conf.saves = !none && (before || !points.is_empty());
        Ok(())
    }

    fn rename(&mut self, values: &[Vec<u8>]) -> Value<()> {
        let [from, to] = values else {
            return Err("it takes a name and a new one".to_owned());
        };
        // The new name may be meant as a secret, and is not shown.
        self.names.rename(from, to).map_err(|bad| match bad {
            BadName::Unknown => format!("no command is called {}", escape::name(from)),
            BadName::Taken => "the new name is that of another command".to_owned(),
        })
    }

    fn user(&mut self, values: &[Vec<u8>]) -> Value<()> {
        self.users.add(values).map_err(bad_user)?;
        Ok(())
    }
}

/// What is wrong with a user, without saying anything that may be a secret.
pub(super) fn bad_user(bad: BadUser) -> String {
    match bad {
        BadUser::Twice => "the user was named before; Redis 6.2 alone takes it".to_owned(),
        BadUser::Name => "the name of the user holds a blank".to_owned(),
        BadUser::NoUser => "it does not say `user` and a name".to_owned(),
        BadUser::Rule(number, wrong) => format!("rule {number} of the user {}", of_rule(wrong)),
    }
}

fn of_rule(wrong: Wrong) -> &'static str {
    match wrong {
        Wrong::Syntax => "has no form that servers know",
        Wrong::NeedlessPattern => "adds a pattern where everything is allowed already",
        Wrong::Unknown => "names a command or a category that servers have from modules at most",
        Wrong::TooDeep => "names an argument of a subcommand",
        Wrong::Hash => "is no hash of a password",
        Wrong::Parenthesis => "opens a parenthesis that is not closed",
    }
}

/// The one value that most directives take.
fn one(values: &[Vec<u8>]) -> Value<&[u8]> {
    match values {
        [one] => Ok(one),
        _ => Err(format!("it takes one value, not {}", values.len())),
    }
}

fn path(value: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(c_string(value)))
}

/// One word that is not empty is split once more, from 7.0 on; whether it became several.
fn spread(values: &[Vec<u8>]) -> (Vec<Vec<u8>>, bool) {
    match values {
        [one] if !one.is_empty() => {
            let split = line::split(one).unwrap_or_default().all;
            let several = split.len() > 1;
            (split, several)
        }
        _ => (values.to_vec(), false),
    }
}
