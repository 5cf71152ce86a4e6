//! `train.csv`: one row per step, kept in step with the checkpoints.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files;

/// The total loss of every step in a log.
///
/// # Errors
/// When it cannot be read or has no losses.
pub fn losses(path: &Path) -> Result<Vec<f64>> {
    let wrong = |e: csv::Error| Error::data(path.display(), e.to_string());
    let text = files::read_text(path)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let column = reader.headers().map_err(wrong)?.iter().position(|name| name == "loss");
    let column = column.ok_or_else(|| Error::data(path.display(), "has no column loss"))?;
    let loss = |row: csv::StringRecord| row.get(column).and_then(|cell| cell.parse().ok());
    let rows = reader.records().zip(2..).map(|(row, line)| {
        let place = format!("{}:{line}", path.display());
        loss(row.map_err(wrong)?).ok_or_else(|| Error::data(place, "has no loss"))
    });
    rows.collect()
}

/// The log of a run: loss terms, learning rate and speed of every step.
pub struct Log {
    path: PathBuf,
    steps: u64,
    terms: Vec<&'static str>,
    /// Rows that are not in the file yet.
    pending: String,
    /// Whether the file is this run's.
    begun: bool,
}

impl Log {
    /// The log at `path`, with the rows of the first `steps` steps that an earlier attempt left.
    ///
    /// # Errors
    /// When it cannot be read, or written without the rows of later steps.
    pub fn open(path: &Path, steps: u64) -> Result<Log> {
        let (terms, pending, begun) = (Vec::new(), String::new(), steps > 0);
        let log = Log { path: path.to_path_buf(), steps, terms, pending, begun };
        if !begun {
            return Ok(log);
        }
        let text = files::read_text(path)?;
        let wanted = steps as usize + 1;
        // A row without its end was being written when the attempt was broken off.
        let kept: Vec<&str> =
            text.split_inclusive('\n').take(wanted).filter(|row| row.ends_with('\n')).collect();
        if kept.len() < wanted {
            let message = format!("holds {} of {steps} steps", kept.len().saturating_sub(1));
            return Err(Error::data(path.display(), message));
        }
        files::write_atomically(path, kept.concat().as_bytes())?;
        Ok(log)
    }

    /// Names the loss terms, once they are known.
    pub fn name_terms(&mut self, terms: Vec<&'static str>) {
        self.terms = terms;
    }

    /// Adds a step: the total loss and its terms, the learning rate, and items per second.
    pub fn push(&mut self, losses: &[f32], lr: f64, speed: f64) {
        let losses: Vec<String> = losses.iter().map(f32::to_string).collect();
        self.pending += &format!("{},{lr},{speed:.1},{}\n", self.steps, losses.join(","));
        self.steps += 1;
    }

    /// Writes what is not in the file yet.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self) -> Result<()> {
        if !self.begun {
            let terms: Vec<String> = self.terms.iter().map(|term| format!(",{term}")).collect();
            let header = format!("step,learning_rate,items_per_second,loss{}\n", terms.concat());
            files::write_atomically(&self.path, (header + &self.pending).as_bytes())?;
        } else if !self.pending.is_empty() {
            let file = OpenOptions::new().append(true).open(&self.path);
            let appended = file.and_then(|mut file| {
                file.write_all(self.pending.as_bytes()).and_then(|()| file.sync_data())
            });
            appended.map_err(Error::io("write", &self.path))?;
        }
        self.begun = true;
        self.pending.clear();
        Ok(())
    }
}
