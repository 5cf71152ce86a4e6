//! `training.csv`: how the loss of each run went.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::files::write_atomically;
use crate::report::csv::{self, six_digits};

/// Parts of equal length that a run is told in.
const PARTS: usize = 40;

/// The mean loss over some consecutive steps of a run. The order of the fields is the order of the
/// columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// The row of the table.
    pub method: String,
    /// The run's seed.
    pub seed: Option<u64>,
    /// The first of the steps, counted from 1.
    pub first_step: u64,
    /// The last of them.
    pub last_step: u64,
    /// The mean over them of what was minimised.
    pub loss: f64,
}

impl Stretch {
    /// A run's loss at every step, in at most 40 parts.
    pub fn all(method: &str, seed: Option<u64>, losses: &[f64]) -> Vec<Stretch> {
        let parts = PARTS.min(losses.len());
        let ends = (0..=parts).map(|part| part * losses.len() / parts.max(1)).collect::<Vec<_>>();
        let stretch = |ends: &[usize]| Stretch {
            method: method.to_string(),
            seed,
            first_step: ends[0] as u64 + 1,
            last_step: ends[1] as u64,
            loss: rounded(
                losses[ends[0]..ends[1]].iter().sum::<f64>() / (ends[1] - ends[0]) as f64,
            ),
        };
        ends.windows(2).map(stretch).collect()
    }

    /// Reads `training.csv` of a results folder; nothing where no row was trained, and there is
    /// none.
    ///
    /// # Errors
    /// When a line is wrong.
    pub fn read_all(folder: &Path) -> Result<Vec<Stretch>> {
        let path = folder.join("training.csv");
        if !path.exists() {
            return Ok(Vec::new());
        }
        Ok(csv::read(&path)?.into_iter().map(|(_, stretch)| stretch).collect())
    }

    /// Writes `training.csv` of a results folder, where a row was trained.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write_all(folder: &Path, stretches: &[Stretch]) -> Result<()> {
        if stretches.is_empty() {
            return Ok(());
        }
        write_atomically(&folder.join("training.csv"), &csv::bytes(stretches)?)
    }
}

fn rounded(loss: f64) -> f64 {
    six_digits(Some(loss)).unwrap_or(loss)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_in_one_part() {
        let losses: Vec<f64> = (1..=97).map(f64::from).collect();
        let stretches = Stretch::all("row", Some(2), &losses);
        assert_eq!(stretches.len(), 40);
        assert_eq!((stretches[0].first_step, stretches[39].last_step), (1, 97));
        assert!(stretches.windows(2).all(|pair| pair[0].last_step + 1 == pair[1].first_step));
        let middle = |s: &Stretch| 0.5 * (s.first_step + s.last_step) as f64;
        assert!(stretches.iter().all(|stretch| stretch.loss == middle(stretch)));
    }

    #[test]
    fn a_short_run_is_told_step_by_step() {
        let steps = Stretch::all("row", None, &[3.0, 2.5]);
        assert_eq!(
            steps.iter().map(|s| (s.first_step, s.loss)).collect::<Vec<_>>(),
            [(1, 3.0), (2, 2.5)]
        );
        assert!(Stretch::all("row", None, &[]).is_empty());
    }
}
