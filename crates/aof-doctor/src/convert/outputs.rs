//! Puts what was rendered into the outputs that it belongs to.

use std::collections::{BTreeMap, BTreeSet};

use aof_rdb::{Assembly, Patch};

use super::bodies::Body;
use super::chunk::{Form, Rendered};
use super::route::{Place, Route};

/// Bytes, and which output they are for.
pub(crate) type Portion = (Place, Vec<u8>);

/// All outputs.
#[derive(Debug)]
pub(super) struct Outputs<'a> {
    form: Form,
    route: &'a Route,
    /// Whether what was written can be gone back to.
    has_counts: bool,
    /// What an RDB file says of itself.
    pub(super) said: Vec<(&'static str, Vec<u8>)>,
    begun: BTreeSet<Place>,
    files: BTreeMap<Place, Assembly>,
    /// What belongs into every output, those that are still to come included.
    everywhere: Vec<Body>,
}

impl<'a> Outputs<'a> {
    pub(super) fn new(form: Form, route: &'a Route, has_counts: bool) -> Self {
        Self {
            form,
            route,
            has_counts,
            said: Vec::new(),
            begun: BTreeSet::new(),
            files: BTreeMap::new(),
            everywhere: Vec::new(),
        }
    }

    /// Whether something was written.
    pub(super) fn has_begun(&self) -> bool {
        !self.begun.is_empty()
    }

    /// Adds what was rendered of a chunk, and appends what is to be written next.
    pub(super) fn add(&mut self, rendered: Rendered, out: &mut Vec<Portion>) {
        for (place, body) in rendered.bodies {
            if let Some(place) = place {
                self.begin(place, out);
                self.put(place, body, out);
                continue;
            }
            for place in self.begun.clone() {
                self.put(place, body.clone(), out);
            }
            self.everywhere.push(body);
        }
    }

    fn begin(&mut self, place: Place, out: &mut Vec<Portion>) {
        if !self.begun.insert(place) {
            return;
        }
        let mut first = Vec::new();
        if let Form::Rdb(form) = self.form {
            let said: Vec<(&str, &[u8])> =
                self.said.iter().map(|(name, it)| (*name, &it[..])).collect();
            let (assembly, bytes) = Assembly::begin(form.target, &said);
            let assembly = if self.has_counts { assembly } else { assembly.without_counts() };
            self.files.insert(place, assembly);
            first = bytes;
        }
        // Also where nothing follows, the output is there.
        out.push((place, first));
        for body in self.everywhere.clone() {
            self.put(place, body, out);
        }
    }

    fn put(&mut self, place: Place, body: Body, out: &mut Vec<Portion>) {
        match (body, self.files.get_mut(&place)) {
            (Body::Piece(piece), Some(file)) => {
                file.add(piece, &mut |bytes| out.push((place, bytes)));
            }
            (Body::Bytes(bytes), _) => out.push((place, bytes)),
            // Pieces are rendered for RDB files only, which are begun before.
            (Body::Piece(_), None) => {}
        }
    }

    /// Ends all of them: appends their last bytes, and returns what is to be filled in.
    pub(super) fn end(&mut self, out: &mut Vec<Portion>) -> Vec<(Place, Patch)> {
        for place in self.route.places() {
            self.begin(place, out);
        }
        let mut patches = Vec::new();
        for (place, file) in std::mem::take(&mut self.files) {
            let ending = file.end();
            out.push((place, ending.bytes));
            patches.extend(ending.patches.into_iter().map(|patch| (place, patch)));
        }
        patches
    }
}
