//! Seeds and named random streams: everything random in a run comes from here.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::SeedableRng;
use sha2::{Digest, Sha256};

/// The generator every random draw is made with: the same numbers on every machine.
pub type Rng = rand_chacha::ChaCha8Rng;

static ALONE: Mutex<()> = Mutex::new(());

/// Libtorch's generator while one thread has it.
#[must_use = "the generator is everybody's again once this is dropped"]
pub struct TorchGenerator {
    _alone: MutexGuard<'static, ()>,
}

/// A root from which independent streams are derived by name.
///
/// Streams are independent, so a new consumer never shifts an old one's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The root made from a number a person types.
    pub fn new(number: u64) -> Seed {
        Seed(Sha256::digest(number.to_le_bytes()).into())
    }

    /// A seed below this one, for `purpose` and any indices (run, epoch, item, …).
    pub fn derive(&self, purpose: &str, indices: &[u64]) -> Seed {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update((purpose.len() as u64).to_le_bytes());
        hash.update(purpose);
        for index in indices {
            hash.update(index.to_le_bytes());
        }
        Seed(hash.finalize().into())
    }

    /// The random stream for `purpose`.
    pub fn stream(&self, purpose: &str, indices: &[u64]) -> Rng {
        Rng::from_seed(self.derive(purpose, indices).0)
    }

    /// Libtorch's generator, seeded from here and nobody else's until it is dropped: a process has
    /// only one, and what another thread draws from it would be missing from this one's numbers.
    pub fn torch(&self) -> TorchGenerator {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        tch::manual_seed(self.number());
        TorchGenerator { _alone: alone }
    }

    /// A number for generators that take only one, such as torch's (never negative).
    pub fn number(&self) -> i64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.0[..8]);
        i64::from_le_bytes(bytes) & i64::MAX
    }
}
