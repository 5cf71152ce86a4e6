//! Progress on stderr: bars on a terminal, a line now and then otherwise, nothing when quiet.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Bars with rate and time left.
    Bars,
    /// Plain lines, for files and pipes.
    Lines,
    /// Nothing.
    Quiet,
}

impl Show {
    /// What suits standard error.
    pub fn for_stderr(quiet: bool) -> Show {
        match quiet {
            true => Show::Quiet,
            false if std::io::stderr().is_terminal() => Show::Bars,
            false => Show::Lines,
        }
    }

    /// Says one thing.
    pub fn say(self, message: &str) {
        if self != Show::Quiet {
            eprintln!("{message}");
        }
    }
}

/// The progress of one piece of work.
pub struct Meter {
    show: Show,
    label: String,
    bar: ProgressBar,
    last: Instant,
}

const BETWEEN_LINES: Duration = Duration::from_secs(15);

impl Meter {
    /// Starts at 0 of `total` units called `unit` in the plural.
    pub fn new(show: Show, label: &str, total: u64, unit: &str) -> Meter {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        if show == Show::Bars {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        }
        let template = format!(
            "{{prefix:24}} {{bar:24}} {{pos}}/{{len}} {unit}  {{per_sec}}  {{eta}} left {{msg}}"
        );
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        bar.set_prefix(label.to_string());
        Meter { show, label: label.to_string(), bar, last: Instant::now() }
    }

    /// Sets how many units are done, with a short remark.
    pub fn set(&mut self, done: u64, remark: &str) {
        self.bar.set_position(done);
        if self.show == Show::Bars {
            self.bar.set_message(remark.to_string());
        } else if self.show == Show::Lines && self.last.elapsed() >= BETWEEN_LINES {
            self.last = Instant::now();
            let (total, left) = (self.bar.length().unwrap_or(0), self.bar.eta().as_secs());
            eprintln!("{}: {done} of {total}, {left} s left {remark}", self.label);
        }
    }

    /// Takes the bar away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}
