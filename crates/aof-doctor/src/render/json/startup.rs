//! What servers would do at their next start, for programs.

use aof_log::forecast::{Change, Changed, Forecast, Piece, Start};
use aof_log::inventory::Place;
use serde::Serialize;

use super::RangeView;
use crate::escape;
use crate::render::words::{basis, outcome};
use crate::report::Report;

#[derive(Serialize)]
pub(super) struct ForecastView {
    server: String,
    basis: &'static str,
    starts: Vec<StartView>,
    why: String,
}

#[derive(Serialize)]
struct StartView {
    n: usize,
    outcome: &'static str,
    writes_to_disk: bool,
    loads: Vec<PieceView>,
    changes: Vec<ChangeView>,
    lost: LostView,
    why: String,
}

#[derive(Serialize)]
struct PieceView {
    file: String,
    to: u64,
}

#[derive(Serialize)]
struct ChangeView {
    file: String,
    change: &'static str,
    to: Option<u64>,
}

#[derive(Serialize)]
struct LostView {
    bytes: u64,
    commands: RangeView,
    keys: u64,
}

pub(super) fn view(forecast: &Forecast, report: &Report) -> ForecastView {
    let starts = forecast.starts.iter().zip(1..);
    ForecastView {
        server: forecast.server.to_string(),
        basis: basis(forecast.basis),
        starts: starts.map(|(start, n)| self::start(start, n, report)).collect(),
        why: escape::sentence(&forecast.why),
    }
}

fn start(start: &Start, n: usize, report: &Report) -> StartView {
    let (lost, most) = (&start.lost, super::MOST);
    StartView {
        n,
        outcome: outcome(start.outcome),
        writes_to_disk: !start.changes.is_empty(),
        loads: start.loads.iter().take(most).map(|piece| self::piece(piece, report)).collect(),
        changes: start.changes.iter().take(most).map(|changed| change(changed, report)).collect(),
        lost: LostView {
            bytes: lost.bytes,
            commands: RangeView { min: lost.commands.min, max: lost.commands.max },
            keys: lost.keys,
        },
        why: escape::sentence(&start.why),
    }
}

fn piece(piece: &Piece, report: &Report) -> PieceView {
    let file = report.subjects.get(piece.file).map(|subject| subject.shown.clone());
    PieceView { file: file.unwrap_or_default(), to: piece.to }
}

fn change(change: &Change, report: &Report) -> ChangeView {
    let name = escape::bytes(&change.name);
    let inside = report.inventory.set_folder.as_ref().filter(|_| change.place == Place::Set);
    let (what, to) = match change.what {
        Changed::Created => ("created", None),
        Changed::CutTo(to) => ("cut", Some(to)),
        Changed::Replaced => ("replaced", None),
        Changed::MovedIntoSet => ("moved into the set", None),
        Changed::Deleted => ("deleted", None),
    };
    ChangeView {
        file: inside.map_or_else(|| name.clone(), |dir| format!("{}/{name}", escape::bytes(dir))),
        change: what,
        to,
    }
}
