//! Networks that no gradient moves.

use tch::nn::{Path, VarStore};

use crate::Result;
use crate::tensors::{self, Named};

/// The network that `build` makes, with its tensors at `state` and, if there are any, `weights` in
/// place of its initialisation.
///
/// # Errors
/// When `build` fails, or the weights do not fit.
pub fn frozen<N>(
    state: &Path<'_>,
    weights: Option<&Named>,
    build: impl FnOnce(&Path<'_>) -> Result<N>,
) -> Result<N> {
    let store = VarStore::new(state.device());
    let network = build(&store.root())?;
    if let Some(weights) = weights {
        tensors::restore(&tensors::of(&store), weights, "the frozen network")?;
    }
    freeze(&store, state);
    Ok(network)
}

/// Moves the tensors of a store to `state` and takes their gradients from them.
pub(super) fn freeze(store: &VarStore, state: &Path<'_>) {
    for (name, tensor) in tensors::of(store) {
        let (place, last) = at(state, &name);
        let _ = place.add(last, tensor.set_requires_grad(false), false);
    }
}

/// The folder of a dotted name under `path`, and the name's last word.
pub(super) fn at<'a, 'n>(path: &Path<'a>, name: &'n str) -> (Path<'a>, &'n str) {
    let mut words: Vec<&str> = name.split('.').collect();
    let last = words.pop().unwrap_or_default();
    (words.into_iter().fold(path.clone(), |path, word| path.sub(word)), last)
}
