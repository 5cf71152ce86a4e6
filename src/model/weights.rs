//! Networks made of the weights of a file, and networks that no gradient moves.

use serde::{Deserialize, Serialize};
use tch::nn::{Path, VarStore};

use crate::tensors::{self, Named};
use crate::{Error, Result};

/// What the names in a file have besides the network's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Names {
    /// Beginnings; a name loses the first that fits.
    pub strip: Vec<String>,
    /// Tensors with one of these between the dots of their names are heads or counters, and are
    /// thrown away.
    pub ignore: Vec<String>,
}

impl Names {
    /// The weights in the bytes of a safetensors file, under the network's names.
    ///
    /// # Errors
    /// When they are no such file, or two tensors have the same name then.
    pub fn read(&self, file: &[u8]) -> Result<Named> {
        let place = "the weights";
        let mut weights = Named::new();
        let wanted = |name: &str| name.split('.').all(|part| self.ignore.iter().all(|i| i != part));
        let all = tensors::parse(file, place)?;
        for (name, tensor) in all.into_iter().filter(|(name, _)| wanted(name)) {
            let bare = self.strip.iter().find_map(|prefix| name.strip_prefix(prefix.as_str()));
            let bare = bare.unwrap_or(&name);
            if weights.insert(bare.to_string(), tensor).is_some() {
                let message = format!("two tensors are called {bare} once names are stripped");
                return Err(Error::data(place, message));
            }
        }
        Ok(weights)
    }
}

/// The network that `build` makes, with its tensors at `place` and, if there are any, `weights` in
/// place of its initialisation.
///
/// # Errors
/// When `build` fails, or the weights do not fit.
pub fn loaded<N>(
    place: &Path<'_>,
    weights: Option<&Named>,
    build: impl FnOnce(&Path<'_>) -> Result<N>,
) -> Result<N> {
    let (network, store) = built(place, weights, build)?;
    lay(&store, place, true);
    Ok(network)
}

/// As [`loaded`], but no gradient moves it.
///
/// # Errors
/// As [`loaded`].
pub fn frozen<N>(
    place: &Path<'_>,
    weights: Option<&Named>,
    build: impl FnOnce(&Path<'_>) -> Result<N>,
) -> Result<N> {
    let (network, store) = built(place, weights, build)?;
    lay(&store, place, false);
    Ok(network)
}

fn built<N>(
    place: &Path<'_>,
    weights: Option<&Named>,
    build: impl FnOnce(&Path<'_>) -> Result<N>,
) -> Result<(N, VarStore)> {
    let store = VarStore::new(place.device());
    let network = build(&store.root())?;
    if let Some(weights) = weights {
        tensors::restore(&tensors::of(&store), weights, "the network")?;
    }
    Ok((network, store))
}

/// Moves the tensors of a store to `place`; those that want gradients keep wanting them if
/// `trainable`.
pub(super) fn lay(store: &VarStore, place: &Path<'_>, trainable: bool) {
    for (name, tensor) in tensors::of(store) {
        let (place, last) = at(place, &name);
        let trainable = trainable && tensor.requires_grad();
        let _ = place.add(last, tensor.set_requires_grad(trainable), trainable);
    }
}

/// The folder of a dotted name under `path`, and the name's last word.
pub(super) fn at<'a, 'n>(path: &Path<'a>, name: &'n str) -> (Path<'a>, &'n str) {
    let mut words: Vec<&str> = name.split('.').collect();
    let last = words.pop().unwrap_or_default();
    (words.into_iter().fold(path.clone(), |path, word| path.sub(word)), last)
}
