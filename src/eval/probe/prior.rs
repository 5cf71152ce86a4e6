//! The prediction that hears nothing: how often each answer occurs in train.

use crate::eval::metric::Truth;

/// Scores for `items` items from the train answers alone: class frequencies, tag frequencies, or
/// means.
///
/// The result is `[items, outputs]`, row-major, every row the same.
pub fn prior(train: &Truth, outputs: usize, items: usize) -> Vec<f64> {
    let row: Vec<f64> = match train {
        Truth::Classes(classes) => {
            let share = |class| {
                classes.iter().filter(|c| **c == class).count() as f64 / classes.len() as f64
            };
            (0..outputs).map(share).collect()
        }
        Truth::Tags(tags) => {
            let values: Vec<f64> = tags.iter().map(|tag| f64::from(u8::from(*tag))).collect();
            means(&values, outputs)
        }
        Truth::Values(values) => means(values, outputs),
    };
    row.repeat(items)
}

fn means(values: &[f64], outputs: usize) -> Vec<f64> {
    let rows = (values.len() / outputs) as f64;
    let mut sums = vec![0.0; outputs];
    for row in values.chunks_exact(outputs) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
    sums.iter().map(|sum| sum / rows).collect()
}
