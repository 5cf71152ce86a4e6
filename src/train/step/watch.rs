//! Which part of a step the driver is at, for whoever measures it.

/// The parts of a step, in the order in which they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waiting for crops and moving them to the device.
    Loading,
    /// Making the views.
    Views,
    /// The network and the loss.
    Forward,
    /// From the loss to the gradients.
    Backward,
    /// The optimiser's step and what the method does after it.
    Update,
}

impl Phase {
    /// All of them, in order.
    pub const ALL: [Phase; 5] =
        [Phase::Loading, Phase::Views, Phase::Forward, Phase::Backward, Phase::Update];

    /// As it is written in tables.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Loading => "loading",
            Phase::Views => "views",
            Phase::Forward => "forward",
            Phase::Backward => "backward",
            Phase::Update => "update",
        }
    }
}

/// Is told as the parts of a step begin; by default it does nothing about it.
///
/// Micro-batches go back and forth between [`Phase::Forward`] and [`Phase::Backward`].
pub trait Watch {
    /// A part begins, and with it ends the one before.
    fn begins(&mut self, _part: Phase) {}
}

/// Nobody measures.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {}
