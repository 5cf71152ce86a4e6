//! The keys of past batches.

use bench::Result;
use bench::model::similarity::normalise;
use bench::settings::check_sizes;
use tch::nn::Path;
use tch::{Kind, Tensor};

/// The most keys, 16 times as many as published.
const MOST: i64 = 1 << 20;

/// A ring of keys: the oldest are overwritten first, whatever the size of a batch.
#[derive(Debug)]
pub struct Queue {
    keys: Tensor,
    /// The row the next key goes to; on the device, so that nobody waits for it.
    next: Tensor,
}

impl Queue {
    /// `size` random keys of length 1, kept at `state`.
    ///
    /// # Errors
    /// When it has no room, or too much.
    pub fn new(state: &Path<'_>, size: i64, dim: i64) -> Result<Queue> {
        check_sizes("queue", [("keys", size)], 1..=MOST)?;
        let keys = Tensor::f_randn([size, dim], (Kind::Float, state.device()))?;
        let next = Tensor::f_zeros([0; 0], (Kind::Int64, state.device()))?;
        Ok(Queue {
            keys: state.add("keys", normalise(&keys), false),
            next: state.add("next", next, false),
        })
    }

    /// All keys, `[size, dim]`.
    pub fn keys(&self) -> &Tensor {
        &self.keys
    }

    /// Puts keys in the place of the oldest.
    ///
    /// # Shapes
    /// `[batch, dim]`
    pub fn push(&mut self, keys: &Tensor) {
        let (size, batch) = (self.keys.size()[0], keys.size()[0]);
        let first = (batch - size).max(0);
        let places = Tensor::arange_start(first, batch, (Kind::Int64, keys.device())) + &self.next;
        let kept = keys.narrow(0, first, batch - first);
        let _ = self.keys.index_copy_(0, &places.remainder(size), &kept);
        self.next.copy_(&(&self.next + batch).remainder(size));
    }
}
