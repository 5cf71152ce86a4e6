//! What was compared, and how near it came.

use std::collections::BTreeSet;
use std::fmt;

use tch::{Kind, Tensor};

/// One comparison, or why there is none.
#[derive(Clone, Debug)]
pub enum Line {
    /// A figure or a tensor with its largest error.
    Compared {
        /// File and expectation.
        name: String,
        /// Relative to the expected value, or to the largest of them, where the tolerance is.
        error: f64,
        /// The largest error that passes.
        tolerance: f64,
    },
    /// Something that should have been compared and could not be.
    Problem {
        /// File and expectation.
        name: String,
        /// Why not.
        message: String,
    },
    /// A file or expectation of something that is not there to be compared.
    NotCovered {
        /// The file, and the expectation in it.
        name: String,
    },
}

impl Line {
    /// Whether it is a comparison within its tolerance.
    pub fn passed(&self) -> bool {
        matches!(self, Line::Compared { error, tolerance, .. } if error <= tolerance)
    }

    /// Whether it should have passed and did not.
    pub fn failed(&self) -> bool {
        !self.passed() && !matches!(self, Line::NotCovered { .. })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.passed() { "pass" } else { "FAIL" };
        match self {
            Line::Compared { name, error, tolerance } => {
                write!(f, "{verdict} {name:64} error {error:.1e}  tolerance {tolerance:.1e}")
            }
            Line::Problem { name, message } => write!(f, "{verdict} {name}: {message}"),
            Line::NotCovered { name } => write!(f, "not covered: {name}"),
        }
    }
}

/// The lines so far, and the files they come from.
#[derive(Debug, Default)]
pub struct Book {
    file: String,
    read: BTreeSet<String>,
    lines: Vec<Line>,
}

impl Book {
    /// Begins a file: what follows is said of it.
    pub fn open(&mut self, file: &str) {
        self.file = file.to_string();
        self.reads(file);
    }

    /// Notes that a file belongs to the one that was begun.
    pub fn reads(&mut self, file: &str) {
        self.read.insert(file.to_string());
    }

    /// Whether a file was begun or belongs to one that was.
    pub fn has_read(&self, file: &str) -> bool {
        self.read.contains(file)
    }

    /// Every line, in order.
    pub fn lines(self) -> Vec<Line> {
        self.lines
    }

    /// An error that was measured.
    pub fn error(&mut self, what: &str, error: f64, tolerance: f64) {
        let name = self.name(what);
        self.lines.push(Line::Compared { name, error, tolerance });
    }

    /// Figures and those expected, each of which may be undefined; the largest relative error
    /// counts.
    pub fn figures(
        &mut self,
        what: &str,
        found: &[Option<f64>],
        expected: &[Option<f64>],
        tolerance: f64,
    ) {
        if found.len() != expected.len() {
            return self
                .problem(what, &format!("{} figures, expected {}", found.len(), expected.len()));
        }
        let differs = found
            .iter()
            .zip(expected)
            .position(|(found, expected)| found.is_some() != expected.is_some());
        if let Some(at) = differs {
            return self.problem(
                what,
                &format!("figure {at} is {:?}, expected {:?}", found[at], expected[at]),
            );
        }
        let both = found.iter().flatten().zip(expected.iter().flatten());
        self.error(
            what,
            largest(both.map(|(found, expected)| relative(*found, *expected))),
            tolerance,
        );
    }

    /// One figure, as [`Book::figures`].
    pub fn figure(
        &mut self,
        what: &str,
        found: Option<f64>,
        expected: Option<f64>,
        tolerance: f64,
    ) {
        self.figures(what, &[found], &[expected], tolerance);
    }

    /// A tensor and the one expected; the error is relative to the largest expected value.
    pub fn tensors(&mut self, what: &str, found: &Tensor, expected: &Tensor, tolerance: f64) {
        if found.size() != expected.size() || expected.numel() == 0 {
            return self.problem(
                what,
                &format!("shape {:?}, expected {:?}", found.size(), expected.size()),
            );
        }
        let (found, expected) = (found.to_kind(Kind::Double), expected.to_kind(Kind::Double));
        let error = (&found - &expected).abs().max().double_value(&[]);
        let scale = expected.abs().max().double_value(&[]);
        self.error(what, if scale > 0.0 { error / scale } else { error }, tolerance);
    }

    /// Something that could not be compared, and why.
    pub fn problem(&mut self, what: &str, message: &str) {
        let name = self.name(what);
        self.lines.push(Line::Problem { name, message: message.to_string() });
    }

    /// Something there is nothing to compare with.
    pub fn not_covered(&mut self, name: &str) {
        self.lines.push(Line::NotCovered { name: name.to_string() });
    }

    fn name(&self, what: &str) -> String {
        format!("{} {what}", self.file).trim_end().to_string()
    }
}

fn relative(found: f64, expected: f64) -> f64 {
    let error = (found - expected).abs();
    if expected == 0.0 { error } else { error / expected.abs() }
}

/// The largest error; NaN if one is, so that it does not pass.
pub fn largest(errors: impl Iterator<Item = f64>) -> f64 {
    errors.fold(
        0.0,
        |largest, error| if largest.is_nan() || error <= largest { largest } else { error },
    )
}
