//! `train.csv`: one row per step, kept in step with the checkpoints.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files;

/// The log of a run: loss terms, learning rate and speed of every step.
pub struct Log {
    path: PathBuf,
    terms: Vec<&'static str>,
    rows: Vec<String>,
}

impl Log {
    /// The log at `path`, with the rows of the first `steps` steps that an earlier attempt left.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path, steps: u64) -> Result<Log> {
        let text = if steps > 0 {
            std::fs::read_to_string(path).map_err(Error::io("read", path))?
        } else {
            String::new()
        };
        let rows: Vec<String> =
            text.lines().skip(1).take(steps as usize).map(String::from).collect();
        if rows.len() != steps as usize {
            return Err(Error::data(
                path.display(),
                format!("holds {} of {steps} steps", rows.len()),
            ));
        }
        Ok(Log { path: path.to_path_buf(), terms: Vec::new(), rows })
    }

    /// Names the loss terms, once they are known.
    pub fn name_terms(&mut self, terms: Vec<&'static str>) {
        self.terms = terms;
    }

    /// Adds a step: the total loss and its terms, the learning rate, and items per second.
    pub fn push(&mut self, losses: &[f32], lr: f64, speed: f64) {
        let losses: Vec<String> = losses.iter().map(f32::to_string).collect();
        self.rows.push(format!("{},{lr},{speed:.1},{}", self.rows.len(), losses.join(",")));
    }

    /// Writes what there is, atomically.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self) -> Result<()> {
        let terms: Vec<String> = self.terms.iter().map(|term| format!(",{term}")).collect();
        let mut text = format!("step,learning_rate,items_per_second,loss{}\n", terms.concat());
        for row in &self.rows {
            text.push_str(row);
            text.push('\n');
        }
        files::write_atomically(&self.path, text.as_bytes())
    }
}
