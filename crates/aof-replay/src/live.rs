//! A server that is up, as the place where a log goes.
//!
//! [`history`] sends what stands in the log; whoever has the data in memory sends batches of its own through the same
//! [`fleet`]. How far it is, [`marker`]s in the target tell, so that after a crash on either side the same work goes on
//! where it stopped.

mod address;
mod batch;
mod connection;
mod defer;
pub mod expiries;
pub mod fleet;
pub mod history;
pub mod marker;
mod pace;
mod replies;
mod server;
mod steady;
mod tls;
pub mod verify;

pub use address::{Address, AddressError, Login, PORT, Place, Secret, Tls};
pub use batch::{Batch, Origin};
pub use connection::{ConnectError, Connection, LinkError};
pub use pace::Rate;
pub use server::{Arity, AskError, Server};
