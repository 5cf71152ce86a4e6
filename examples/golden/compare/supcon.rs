//! The contrastive matrices of SemiSupCon, and its loss on them.

use bench::methods::semisupcon::{Criterion, supcon, targets};
use bench::{Result, settings};
use tch::Tensor;

use super::book::Book;
use super::tensor_file::TensorFile;
use super::training::{Losses, take};

const FLOAT32: f64 = 1e-4;
const VIEWS: i64 = 2;
/// What the authors' code adds inside the logarithm.
const EPSILON: f64 = 1e-6;

/// Every matrix with its losses, and SupCon of classes, at every temperature there is.
pub fn compare(
    z: &Tensor,
    file: &mut TensorFile,
    expected: &mut Losses,
    book: &mut Book,
) -> Result<()> {
    let labels = file.take("input.labels")?;
    for (criterion, matrix) in file.under("expect.semisupcon_matrix_") {
        let targets = targets(&labels, VIEWS, settings::parse(&criterion, "criterion")?)?;
        book.tensors(&format!("semisupcon_matrix_{criterion}"), &targets, &matrix, FLOAT32);
        let name = ["semisupcon_official_tau", &format!("_criterion_{criterion}")];
        figures(z, &targets, EPSILON, take(expected, name, book), book)?;
    }
    let classes = file.take("input.class")?.one_hot(-1);
    let same = targets(&classes, VIEWS, Criterion::Shared(1))?;
    figures(z, &same, 0.0, take(expected, ["supcon_out_tau", ""], book), book)
}

fn figures(
    z: &Tensor,
    targets: &Tensor,
    epsilon: f64,
    expected: Vec<(String, f64, f64)>,
    book: &mut Book,
) -> Result<()> {
    for (name, temperature, expected) in expected {
        let found = supcon(z, targets, temperature, epsilon)?;
        book.figure(&name, Some(found.double_value(&[])), Some(expected), FLOAT32);
    }
    Ok(())
}
