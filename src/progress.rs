//! Progress on stderr: bars on a terminal, a line now and then otherwise, nothing when quiet.

use std::io::IsTerminal;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Bars with rate and time left.
    Bars,
    /// Plain lines, for files and pipes.
    Lines,
    /// Nothing.
    Quiet,
    /// Lines on standard output for the process that started this one ([`Meter::relay`]).
    Relayed,
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
        match self {
            Show::Bars => BARS.suspend(|| eprintln!("{message}")),
            Show::Lines => eprintln!("{message}"),
            Show::Quiet | Show::Relayed => {}
        }
    }

    /// Says what went wrong, also where nothing else is said; only a process that relays leaves
    /// that to the one that started it.
    pub fn warn(self, message: &str) {
        match self {
            Show::Quiet => eprintln!("{message}"),
            Show::Bars | Show::Lines | Show::Relayed => self.say(message),
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
const BETWEEN_RELAYS: Duration = Duration::from_millis(200);
const RELAY: &str = "progress";

/// Every bar of this process, drawn together.
static BARS: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(5)));

impl Meter {
    /// Starts at 0 of `total` units called `unit` in the plural.
    pub fn new(show: Show, label: &str, total: u64, unit: &str) -> Meter {
        let hidden = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        let bar = if show == Show::Bars { BARS.add(hidden) } else { hidden };
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
        let due = |pause: Duration| self.last.elapsed() >= pause;
        let total = self.bar.length().unwrap_or(0);
        match self.show {
            Show::Bars => self.bar.set_message(remark.to_string()),
            Show::Lines if due(BETWEEN_LINES) => {
                self.last = Instant::now();
                let (speed, left) = (self.bar.per_sec(), self.bar.eta().as_secs());
                let label = &self.label;
                eprintln!(
                    "{label}: {done} of {total}, {speed:.1} a second, {left} s left {remark}"
                );
            }
            Show::Relayed if due(BETWEEN_RELAYS) => {
                self.last = Instant::now();
                println!("{RELAY} {done} {total} {remark}");
            }
            _ => {}
        }
    }

    /// Shows the progress that another process relayed; `false` for a line that is none.
    pub fn relay(&mut self, line: &str) -> bool {
        let mut words = line.splitn(4, ' ');
        let (Some(RELAY), Some(done), Some(total)) = (words.next(), words.next(), words.next())
        else {
            return false;
        };
        let (Ok(done), Ok(total)) = (done.parse(), total.parse()) else { return false };
        self.bar.set_length(total);
        self.set(done, words.next().unwrap_or_default());
        true
    }

    /// Takes the bar away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}
