//! Our verdict beside what real checkers and real loaders do with the same bytes.
//!
//! What is expected, and every difference that is, stands in `docs/oracle.md`; anything else fails.

#![expect(clippy::unwrap_used, reason = "a trial that cannot be set up has failed")]

#[path = "fixtures/case.rs"]
#[expect(dead_code, reason = "the suite of fixtures reads more of a case")]
mod case;
#[path = "conformance/chaos.rs"]
mod chaos;
#[path = "conformance/compared.rs"]
mod compared;
#[path = "conformance/compat.rs"]
mod compat;
#[path = "conformance/converted.rs"]
mod converted;
#[path = "conformance/crossed.rs"]
mod crossed;
#[path = "conformance/executed.rs"]
mod executed;
#[path = "conformance/fixtures.rs"]
mod fixtures;
#[path = "conformance/healthy.rs"]
mod healthy;
#[path = "conformance/killed.rs"]
mod killed;
#[path = "conformance/law.rs"]
mod law;
#[path = "conformance/loader.rs"]
mod loader;
#[path = "conformance/manifest.rs"]
mod manifest;
#[path = "conformance/manipulated.rs"]
mod manipulated;
#[path = "conformance/mended.rs"]
mod mended;
#[path = "conformance/names.rs"]
mod names;
#[path = "fixtures/observe.rs"]
#[expect(dead_code, reason = "the suite of fixtures asks for more than the bytes")]
mod observe;
#[path = "conformance/repaired.rs"]
mod repaired;
#[cfg(feature = "live")]
#[path = "conformance/replayed.rs"]
mod replayed;
#[path = "conformance/rules.rs"]
mod rules;
#[path = "conformance/startup.rs"]
mod startup;
#[path = "conformance/table.rs"]
mod table;
#[path = "conformance/told.rs"]
mod told;
#[path = "conformance/trial.rs"]
mod trial;
