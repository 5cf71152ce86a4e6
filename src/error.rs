//! The one error type: a variant is something a caller may decide on.

use std::path::{Path, PathBuf};

/// What can go wrong, in words for the person at the keyboard.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read, written or made.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: `read`, `write`, `create`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A sound file could not be decoded, or what came out is not sound.
    #[error("{}: {message}", path.display())]
    Audio {
        /// The sound file.
        path: PathBuf,
        /// What is wrong with it, with the codec's name where it matters.
        message: String,
    },
    /// A settings file, a suite or a `--set` is wrong.
    #[error("{place}: {message}")]
    Settings {
        /// The file with its line (`suites/key.yaml:12`), or the option.
        place: String,
        /// What is wrong, and what is allowed.
        message: String,
    },
    /// A corpus is wrong: manifest, labels, split or stored data.
    #[error("{place}: {message}")]
    Data {
        /// The corpus, or the manifest with its line.
        place: String,
        /// What is wrong, and what is allowed.
        message: String,
    },
    /// A method or encoder cannot do what was asked.
    #[error("{method}: {message}")]
    Method {
        /// The method's name.
        method: String,
        /// What is wrong.
        message: String,
    },
    /// The loss or the gradient stopped being finite.
    #[error("{method} diverged: loss or gradient not finite at step {step}")]
    Diverged {
        /// The method's name.
        method: String,
        /// The first step (from 0) whose loss was not finite, or the last one if its gradient was
        /// not; a gradient of another step shows in the next one's loss.
        step: u64,
    },
    /// A step needs more memory than there is.
    #[error(
        "{method}: a batch of {batch} items{} does not fit into the memory of {device}; {remedy}",
        at_once.map(|items| format!(" in parts of {items}")).unwrap_or_default()
    )]
    OutOfMemory {
        /// The method's name.
        method: String,
        /// Items in a batch.
        batch: usize,
        /// How many of them were to go through the network at once, if not all.
        at_once: Option<usize>,
        /// The device.
        device: String,
        /// What would fit.
        remedy: String,
    },
    /// The device asked for is not there.
    #[error("device {device} cannot be used: {message}")]
    Device {
        /// As asked for: `cuda:1`.
        device: String,
        /// Why not.
        message: String,
    },
    /// Something else the caller gave is wrong.
    #[error("{0}")]
    Invalid(String),
    /// Something that should have worked did not: a run, a thread, a file's bytes.
    #[error("{0}")]
    Failed(String),
    /// libtorch refused an operation.
    #[error("libtorch: {0}")]
    Torch(String),
}

/// `std::result::Result` with [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether what was typed or written in a suite is wrong, rather than what came of it.
    pub fn is_usage(&self) -> bool {
        matches!(self, Error::Settings { .. } | Error::Device { .. } | Error::Invalid(_))
    }

    /// The message with its causes, on one line.
    pub fn told(&self) -> String {
        let causes = std::iter::successors(std::error::Error::source(self), |cause| cause.source());
        let causes: String = causes.map(|cause| format!(": {cause}")).collect();
        format!("{self}{causes}")
    }

    /// An input/output error with its path, for `map_err`.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.to_path_buf();
        move |source| Error::Io { action, path, source }
    }

    /// An [`Error::Audio`].
    pub fn audio(path: &Path, message: impl Into<String>) -> Error {
        Error::Audio { path: path.to_path_buf(), message: message.into() }
    }

    /// An [`Error::Settings`].
    pub fn settings(place: impl ToString, message: impl Into<String>) -> Error {
        Error::Settings { place: place.to_string(), message: message.into() }
    }

    /// An [`Error::Data`].
    pub fn data(place: impl ToString, message: impl Into<String>) -> Error {
        Error::Data { place: place.to_string(), message: message.into() }
    }

    /// An [`Error::Method`].
    pub fn method(method: impl ToString, message: impl Into<String>) -> Error {
        Error::Method { method: method.to_string(), message: message.into() }
    }
}

/// `unknown KIND "name"; did you mean "near"? known: a, b, c`: the message for a misspelt name.
pub fn unknown<'a>(kind: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let hint =
        nearest(name, &known).map(|near| format!("did you mean {near:?}? ")).unwrap_or_default();
    format!("unknown {kind} {name:?}; {hint}known: {}", known.join(", "))
}

/// The known name that `name` was probably meant to be.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let nearest = known.iter().map(|k| (strsim::damerau_levenshtein(name, k), *k)).min()?;
    (nearest.0 <= 2.max(nearest.1.len() / 3)).then_some(nearest.1)
}
