//! Places, and how far they are from each other.

use std::f64::consts::PI;

pub(super) const LONGITUDE: f64 = 180.0;
/// The poles are not on the map.
pub(super) const LATITUDE: f64 = 85.051_128_78;
/// In metres.
const RADIUS: f64 = 6_372_797.560_856;

/// In degrees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) longitude: f64,
    pub(super) latitude: f64,
}

impl Place {
    pub(super) fn is_on_the_map(self) -> bool {
        self.longitude.abs() <= LONGITUDE && self.latitude.abs() <= LATITUDE
    }

    /// In metres, on a sphere.
    fn distance(self, other: Self) -> f64 {
        let v = ((radians(other.longitude) - radians(self.longitude)) / 2.0).sin();
        // Redis 6.2 knows no short way, which gives another last bit.
        if v == 0.0 {
            return north(self.latitude, other.latitude);
        }
        let (here, there) = (radians(self.latitude), radians(other.latitude));
        let u = ((there - here) / 2.0).sin();
        let a = u * u + here.cos() * there.cos() * v * v;
        2.0 * RADIUS * a.sqrt().asin()
    }
}

/// The distance along a meridian.
fn north(one: f64, other: f64) -> f64 {
    RADIUS * (radians(other) - radians(one)).abs()
}

fn radians(degrees: f64) -> f64 {
    degrees * (PI / 180.0)
}

fn degrees(radians: f64) -> f64 {
    radians / (PI / 180.0)
}

/// Where is searched, in the unit of the command.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Circle { radius: f64 },
    Box { width: f64, height: f64 },
}

/// What is searched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) centre: Place,
    pub(super) shape: Shape,
    /// How many metres the unit has.
    pub(super) unit: f64,
}

/// From the least longitude and latitude to the greatest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) west: f64,
    pub(super) south: f64,
    pub(super) east: f64,
    pub(super) north: f64,
}

impl Area {
    /// How far a place is from the centre, in metres, if it is inside.
    pub(super) fn distance_inside(&self, place: Place) -> Option<f64> {
        let Self { centre, shape, unit } = *self;
        let is_beyond = match shape {
            Shape::Circle { radius } => centre.distance(place) > radius * unit,
            Shape::Box { width, height } => {
                let beside = Place { longitude: centre.longitude, ..place };
                north(place.latitude, centre.latitude) > height * unit / 2.0
                    || place.distance(beside) > width * unit / 2.0
            }
        };
        (!is_beyond).then(|| centre.distance(place))
    }

    /// In metres: how far its farthest point is.
    pub(super) fn reach(&self) -> f64 {
        self.unit
            * match self.shape {
                Shape::Circle { radius } => radius,
                Shape::Box { width, height } => {
                    ((width / 2.0) * (width / 2.0) + (height / 2.0) * (height / 2.0)).sqrt()
                }
            }
    }

    pub(super) fn bounds(&self) -> Bounds {
        let Place { longitude, latitude } = self.centre;
        let (width, height) = match self.shape {
            Shape::Circle { radius } => (radius, radius),
            Shape::Box { width, height } => (width / 2.0, height / 2.0),
        };
        let up = degrees(self.unit * height / RADIUS);
        // At the side that is nearer to the pole, meridians are nearer to each other.
        let edge = if latitude < 0.0 { latitude - up } else { latitude + up };
        let aside = degrees(self.unit * width / RADIUS / radians(edge).cos());
        Bounds {
            west: longitude - aside,
            south: latitude - up,
            east: longitude + aside,
            north: latitude + up,
        }
    }
}
