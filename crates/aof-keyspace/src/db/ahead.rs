//! What memory will be read for a key.

use super::Db;
use crate::ahead::Step;
use crate::space::{FAR, Far};
use crate::stored::Stored;
use crate::table::{Kind, Slot};
use crate::value::show_all;

/// So many bytes of a string are brought into the cache before it is copied; more the processor foresees.
const SHOWN: usize = 256;

impl Db<'_> {
    /// See [`crate::Worker::ahead`].
    #[inline]
    pub(crate) fn ahead_of(&self, slot: Slot, step: Step, show: &mut impl FnMut(*const u8, usize)) {
        match (step, slot.kind()) {
            (Step::Name, kind) => {
                self.table.show_name(slot, show);
                // Not what is there: that must be read to be known.
                let place = self.values.get(slot.value as usize).filter(|_| kind == Kind::Value);
                place.into_iter().for_each(|place| show_all(place, show));
            }
            (step, Kind::Value) => {
                self.stored(slot).into_iter().for_each(|it| it.ahead(step, show));
            }
            (Step::Value, Kind::Far) => {
                let bytes = self.space.bytes(Far(slot.value));
                show(bytes.as_ptr(), bytes.len().min(SHOWN));
            }
            (Step::Value, Kind::Near) => self.table.show_near(slot, show),
            _ => {}
        }
    }

    /// See [`crate::Held::weight`].
    pub(crate) fn weight(&self, slot: Slot) -> usize {
        match slot.kind() {
            Kind::Far => FAR + self.space.bytes(Far(slot.value)).len(),
            Kind::Value => self.stored(slot).map_or(FAR, Stored::weight),
            Kind::Free | Kind::Int | Kind::Near => FAR,
        }
    }
}
