//! Cells of the map: their numbers interleave the bits of longitude and latitude, so that a cell's smaller cells follow
//! each other.

use super::earth::{Area, Bounds, LATITUDE, LONGITUDE, Place};

/// Halvings of the map until a cell is a score.
const FINEST: u8 = 26;
/// Half of the earth's way around, in metres.
const HALF_WAY: f64 = 20_037_726.37;

const LONGITUDES: u64 = 0xaaaa_aaaa_aaaa_aaaa;
const LATITUDES: u64 = 0x5555_5555_5555_5555;

/// A cell after so many halvings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    bits: u64,
    steps: u8,
}

/// The score of a place.
pub(super) fn score(place: Place) -> f64 {
    Cell::around(place, FINEST).bits as f64
}

/// The place of a score, also where it is none: then as a processor makes an integer of it.
pub(super) fn place(score: f64) -> Place {
    let bits = match () {
        () if score < 0.0 => (score as i64).cast_unsigned(),
        () if score < 2f64.powi(64) => score as u64,
        () => 0,
    };
    let Bounds { west, south, east, north } = Cell { bits, steps: FINEST }.bounds();
    Place {
        longitude: ((west + east) / 2.0).clamp(-LONGITUDE, LONGITUDE),
        latitude: ((south + north) / 2.0).clamp(-LATITUDE, LATITUDE),
    }
}

impl Cell {
    fn around(place: Place, steps: u8) -> Self {
        let cells = (1u64 << steps) as f64;
        let share = |at: f64, end: f64| ((at + end) / (end + end) * cells) as u32;
        let (x, y) = (share(place.longitude, LONGITUDE), share(place.latitude, LATITUDE));
        Self { bits: spread(y) | spread(x) << 1, steps }
    }

    fn bounds(self) -> Bounds {
        let cells = (1u64 << self.steps) as f64;
        let at = |cell: u32, end: f64| -end + (f64::from(cell) / cells) * (end + end);
        let (x, y) = (gathered(self.bits >> 1), gathered(self.bits));
        Bounds {
            west: at(x, LONGITUDE),
            south: at(y, LATITUDE),
            east: at(x.wrapping_add(1), LONGITUDE),
            north: at(y.wrapping_add(1), LATITUDE),
        }
    }

    /// The cell so many to the east and to the north, around the map.
    fn beside(self, east: i8, north: i8) -> Self {
        let x = self.moved(LONGITUDES, LATITUDES, east);
        let y = self.moved(LATITUDES, LONGITUDES, north);
        Self { bits: x | y, ..self }
    }

    /// Its own bits, moved by so many cells.
    fn moved(self, own: u64, other: u64, by: i8) -> u64 {
        let unused = 64 - u32::from(self.steps) * 2;
        // The bits between are full, so that carries run through them.
        let filled = other << unused >> unused;
        let moved = match by {
            0 => return self.bits & own,
            1.. => (self.bits & own).wrapping_add(filled + 1),
            _ => (self.bits & own | filled).wrapping_sub(filled + 1),
        };
        moved & (own << unused >> unused)
    }

    /// The scores in it: from the first to the second, which is not in it.
    pub(super) fn scores(self) -> (f64, f64) {
        let shift = (FINEST - self.steps) * 2;
        ((self.bits << shift) as f64, ((self.bits + 1) << shift) as f64)
    }
}

/// Bits with room between them.
fn spread(bits: u32) -> u64 {
    [(16, 0x0000_ffff_0000_ffff), (8, 0x00ff_00ff_00ff_00ff), (4, 0x0f0f_0f0f_0f0f_0f0f)]
        .into_iter()
        .chain([(2, 0x3333_3333_3333_3333), (1, LATITUDES)])
        .fold(u64::from(bits), |bits, (shift, mask)| (bits | bits << shift) & mask)
}

/// Every second bit, from the lowest.
fn gathered(bits: u64) -> u32 {
    [(1, 0x3333_3333_3333_3333), (2, 0x0f0f_0f0f_0f0f_0f0f), (4, 0x00ff_00ff_00ff_00ff)]
        .into_iter()
        .chain([(8, 0x0000_ffff_0000_ffff), (16, 0x0000_0000_ffff_ffff)])
        .fold(bits & LATITUDES, |bits, (shift, mask)| (bits | bits >> shift) & mask) as u32
}

/// Directions in the order in which servers search.
const AROUND: [(i8, i8); 9] =
    [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];

/// The cells that servers search for an area. Of places beyond them they know nothing, so they are part of the answer.
pub(super) fn cells(area: &Area) -> Vec<Cell> {
    let bounds = area.bounds();
    let mut steps = steps(area.reach(), area.centre.latitude);
    if steps > 1 && falls_short(Cell::around(area.centre, steps), bounds) {
        steps -= 1;
    }
    let centre = Cell::around(area.centre, steps);
    let own = centre.bounds();
    let is_needed = |(east, north): &(i8, i8)| {
        // Of the coarsest cells all are searched.
        steps < 2
            || !(*north < 0 && own.south < bounds.south
                || *north > 0 && own.north > bounds.north
                || *east < 0 && own.west < bounds.west
                || *east > 0 && own.east > bounds.east)
    };
    let needed = AROUND.iter().filter(|direction| is_needed(direction));
    let mut cells: Vec<Cell> = needed.map(|(east, north)| centre.beside(*east, *north)).collect();
    // Around the whole earth neighbours are the same.
    cells.dedup();
    cells
}

/// Whether the neighbours of the cell do not cover all.
fn falls_short(centre: Cell, bounds: Bounds) -> bool {
    let side = |east, north| centre.beside(east, north).bounds();
    side(0, 1).north < bounds.north
        || side(0, -1).south > bounds.south
        || side(1, 0).east < bounds.east
        || side(-1, 0).west > bounds.west
}

/// How fine the cells are for this reach.
fn steps(mut reach: f64, latitude: f64) -> u8 {
    if reach == 0.0 {
        return FINEST;
    }
    let mut steps = 1u32;
    // No number needs more doublings.
    while reach < HALF_WAY && steps < 2000 {
        reach *= 2.0;
        steps += 1;
    }
    let polar = [66.0, 80.0].into_iter().filter(|limit| latitude.abs() > *limit).count() as u32;
    steps.saturating_sub(2 + polar).clamp(1, u32::from(FINEST)) as u8
}
