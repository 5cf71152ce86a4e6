//! A folder of reference values, file by file.

mod book;
mod cqt;
mod encoders;
mod mel;
mod metrics;
mod page;
mod statistics;
mod supcon;
mod tensor_file;
mod training;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use bench::{Error, Result};

use book::Book;
pub use book::Line;

/// Compares what one file says, and nothing that needs another method than there is.
type Comparison = fn(&Path, &mut Book) -> Result<()>;

/// The files that must be there, each of whose expectations must be compared.
const COVERED: &[(&str, Comparison)] = &[
    ("key.json", metrics::key),
    ("tagging.json", metrics::tagging),
    ("regression_classification.json", metrics::regression_and_classification),
    ("retrieval.json", metrics::retrieval),
    ("statistics.json", statistics::statistics),
    ("delong.json", statistics::delong),
    ("mel.json", mel::mel),
    ("cqt.json", cqt::cqt),
    ("myna_square.safetensors", encoders::vit),
    ("myna_vertical.safetensors", encoders::vit),
    ("myna_hybrid.safetensors", encoders::vit),
    ("samplecnn.safetensors", encoders::sample_cnn),
    ("tune_plus.safetensors", encoders::tune),
    ("losses.safetensors", training::losses),
    ("adam.safetensors", training::adam),
];

/// Makes every comparison of a folder; then names the files that nothing is compared with.
///
/// # Errors
/// When there is no such folder.
pub fn compare(folder: &Path) -> Result<Vec<Line>> {
    let mut others = names(folder)?;
    let mut book = Book::default();
    for (name, comparison) in COVERED {
        book.open(name);
        let path = folder.join(name);
        let done = catch_unwind(AssertUnwindSafe(|| comparison(&path, &mut book)));
        match done {
            Ok(Ok(())) => {}
            Ok(Err(error)) => book.problem("", &told(&error)),
            Err(panic) => book.problem("", &words(panic.as_ref())),
        }
    }
    others.retain(|name| !book.has_read(name));
    for name in others {
        book.not_covered(&name);
    }
    Ok(book.lines())
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Error::io("read", folder))? {
        names.push(
            entry.map_err(Error::io("read", folder))?.file_name().to_string_lossy().into_owned(),
        );
    }
    names.sort();
    Ok(names)
}

fn told(error: &Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}

/// What libtorch says where shapes do not fit.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked");
    text.lines().next().unwrap_or_default().to_string()
}
