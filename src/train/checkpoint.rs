//! What a run leaves on disk while it trains, so that it can go on exactly.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::network::Network;
use super::optim::Updates;
use crate::error::{Error, Result};
use crate::tensors;

/// How far an interrupted run had come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reached {
    /// Steps done.
    pub step: u64,
    /// Seconds spent on them.
    pub seconds: f64,
}

/// Writes everything the run needs to go on after `reached`.
///
/// # Errors
/// When the file cannot be written.
pub fn save(path: &Path, network: &Network, updates: &Updates, reached: Reached) -> Result<()> {
    let mut all = network.tensors();
    all.extend(tensors::prefixed("optimiser.", updates.state()));
    let note =
        serde_json::to_string(&reached).map_err(|e| Error::data(path.display(), e.to_string()))?;
    tensors::save(path, &all, Some(&note))
}

/// Takes over a checkpoint, if there is one.
///
/// # Errors
/// When the file is damaged or belongs to another network.
pub fn resume(path: &Path, network: &Network, updates: &Updates) -> Result<Reached> {
    if !path.exists() {
        return Ok(Reached::default());
    }
    let note = tensors::metadata(path)?.remove("note").unwrap_or_default();
    let reached = serde_json::from_str(&note)
        .map_err(|e| Error::data(path.display(), format!("no checkpoint of this program: {e}")))?;
    let mut targets = network.tensors();
    targets.extend(tensors::prefixed("optimiser.", updates.state()));
    tensors::restore(&targets, &tensors::load(path)?, "the checkpoint")?;
    Ok(reached)
}
