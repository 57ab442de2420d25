//! The finding that a server would start without any data although there are some.

use super::stake::has_data;
use super::start::shown;
use super::{Forecast, Outcome};
use crate::finding::{Finding, FindingId, Loss};
use crate::inventory::{Inventory, Place, Scope};
use crate::server::Basis;
use crate::survey::Placed;

/// What these forecasts come to: `SERVER-STARTS-EMPTY`, unless a finding about the manifest says it already.
///
/// That a server before 7.0 does not see parts is no finding, unless no other server is asked about.
pub fn findings(forecasts: &[Forecast], inventory: &Inventory) -> Vec<Placed> {
    let is_old_alone = forecasts.iter().all(|forecast| !forecast.server.has_parts());
    let empty: Vec<&Forecast> = forecasts
        .iter()
        .filter(|forecast| forecast.basis == Basis::Measured)
        .filter(|forecast| forecast.server.has_parts() || is_old_alone)
        .filter(|forecast| starts_empty(forecast))
        .collect();
    let Some(first) = empty.first() else {
        return Vec::new();
    };
    if first.server.has_parts() && lacks_manifest(inventory) {
        return Vec::new();
    }
    vec![placed(&empty, first, inventory)]
}

fn starts_empty(forecast: &Forecast) -> bool {
    forecast.starts.first().is_some_and(|start| start.outcome == Outcome::StartsEmpty)
}

/// Parts without a manifest have a finding of their own.
fn lacks_manifest(inventory: &Inventory) -> bool {
    let name = [&inventory.prefix[..], b".manifest"].concat();
    let mut parts = inventory.files.iter().enumerate().filter(|(_, file)| file.place == Place::Set);
    let has_manifest =
        inventory.files.iter().any(|file| file.place == Place::Set && file.name == name);
    let begins = |name: &[u8]| name.starts_with(&inventory.prefix);
    inventory.scope != Scope::File
        && !has_manifest
        && parts.any(|(index, file)| begins(&file.name) && has_data(inventory, index))
}

fn placed(empty: &[&Forecast], first: &Forecast, inventory: &Inventory) -> Placed {
    let servers: Vec<String> = empty.iter().map(|forecast| forecast.server.to_string()).collect();
    let start = &first.starts[0];
    let file = (0..inventory.files.len())
        .filter(|file| has_data(inventory, *file))
        .max_by_key(|file| inventory.files[*file].content.as_ref().map(|content| content.bytes));
    let holder = file.map_or("the folder".to_owned(), |file| shown(&inventory.files[file].name));
    let message = format!(
        "{} would start without any data, although {holder} holds some: {}",
        servers.join(", "),
        start.why
    );
    let loss = Loss { bytes: start.lost.bytes, commands: start.lost.commands, ..Loss::default() };
    let finding = Finding::new(FindingId::ServerStartsEmpty, 0, start.lost.bytes, message)
        .cause("the server is configured for another file than the one that holds the data")
        .loss(loss);
    Placed { file, finding }
}
