//! Metrics against mir_eval, scikit-learn and others' figures of retrieval.

use std::path::Path;

use bench::data::Key;
use bench::eval::metric::{
    self, MacroAveragePrecision, MacroRocAuc, Predictions, R2, Truth, key_score,
};
use bench::{Error, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::book::Book;

const EXACT: f64 = 1e-9;

/// A JSON file of one form; a field too many or too few is an error.
pub fn json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path).map_err(Error::io("read", path))?;
    serde_json::from_str(&text).map_err(|e| Error::data(path.display(), e.to_string()))
}

fn score(name: &str, predictions: &Predictions) -> Result<Option<f64>> {
    Ok(metric::by_name(name)?.score(predictions)?.value)
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|name| name.to_string()).collect()
}

fn width(rows: &[Vec<f64>]) -> usize {
    rows.first().map_or(0, Vec::len)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    order: Vec<String>,
    pairs: Vec<Pair>,
    reference: Vec<usize>,
    estimate: Vec<usize>,
    weighted_score: Option<f64>,
    accuracy: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    reference: String,
    estimate: String,
    score: f64,
}

/// The score of every pair of keys, and the figures of a list of them.
pub fn key(path: &Path, book: &mut Book) -> Result<()> {
    let file: KeyFile = json(path)?;
    let (mut found, mut expected) = (Vec::new(), Vec::new());
    for pair in &file.pairs {
        let (truth, estimate): (Key, Key) = (pair.reference.parse()?, pair.estimate.parse()?);
        found.push(Some(key_score(truth, estimate, false)));
        expected.push(Some(pair.score));
    }
    book.figures("pairs", &found, &expected, EXACT);
    let one_hot =
        |class: usize| (0..file.order.len()).map(move |at| f64::from(u8::from(at == class)));
    let scores = file.estimate.iter().flat_map(|class| one_hot(*class)).collect();
    let predictions = Predictions::new(file.order.clone(), scores, Truth::Classes(file.reference))?;
    book.figure(
        "weighted_score",
        score("weighted_key_score", &predictions)?,
        file.weighted_score,
        EXACT,
    );
    book.figure("accuracy", score("accuracy", &predictions)?, file.accuracy, EXACT);
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TaggingFile {
    truth: Vec<Vec<f64>>,
    score: Vec<Vec<f64>>,
    roc_auc_per_tag: Vec<Option<f64>>,
    average_precision_per_tag: Vec<Option<f64>>,
    defined_tags: Vec<usize>,
    macro_roc_auc: Option<f64>,
    macro_average_precision: Option<f64>,
}

/// Figures of each tag and over tags; a tag that lacks either class has none, whatever else defines
/// one for it.
pub fn tagging(path: &Path, book: &mut Book) -> Result<()> {
    let file: TaggingFile = json(path)?;
    let tags = width(&file.truth);
    let truth = Truth::Tags(file.truth.concat().iter().map(|tag| *tag != 0.0).collect());
    let predictions = Predictions::new(numbered(tags), file.score.concat(), truth)?;
    let only_defined = |expected: &[Option<f64>]| -> Vec<Option<f64>> {
        let defined = |(tag, value): (usize, &Option<f64>)| {
            value.filter(|_| file.defined_tags.contains(&tag))
        };
        expected.iter().enumerate().map(defined).collect()
    };
    let areas = MacroRocAuc::per_tag(&predictions)?;
    let defined: Vec<usize> = (0..tags).filter(|tag| areas[*tag].is_some()).collect();
    book.error("defined_tags", if defined == file.defined_tags { 0.0 } else { f64::INFINITY }, 0.0);
    book.figures("roc_auc_per_tag", &areas, &only_defined(&file.roc_auc_per_tag), EXACT);
    let precisions = MacroAveragePrecision::per_tag(&predictions)?;
    let expected = only_defined(&file.average_precision_per_tag);
    book.figures("average_precision_per_tag", &precisions, &expected, EXACT);
    let found = score("macro_roc_auc", &predictions)?;
    book.figure("macro_roc_auc", found, file.macro_roc_auc, EXACT);
    let found = score("macro_average_precision", &predictions)?;
    book.figure("macro_average_precision", found, file.macro_average_precision, EXACT);
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegressionFile {
    target: Vec<Vec<f64>>,
    prediction: Vec<Vec<f64>>,
    r2_per_column: Vec<Option<f64>>,
    label: Vec<usize>,
    logits: Vec<Vec<f64>>,
    accuracy: Option<f64>,
    top3_accuracy: Option<f64>,
}

/// R² of each column, and the accuracies of a classifier.
pub fn regression_and_classification(path: &Path, book: &mut Book) -> Result<()> {
    let file: RegressionFile = json(path)?;
    let (outputs, truth) = (numbered(width(&file.target)), Truth::Values(file.target.concat()));
    let predictions = Predictions::new(outputs, file.prediction.concat(), truth)?;
    book.figures("r2_per_column", &R2::per_output(&predictions)?, &file.r2_per_column, EXACT);
    let classes = numbered(width(&file.logits));
    let predictions = Predictions::new(classes, file.logits.concat(), Truth::Classes(file.label))?;
    book.figure("accuracy", score("accuracy", &predictions)?, file.accuracy, EXACT);
    book.figure("top3_accuracy", score("top3_accuracy", &predictions)?, file.top3_accuracy, EXACT);
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetrievalFile {
    work: Vec<usize>,
    embedding: Vec<Vec<f64>>,
    similarity: Similarity,
    map: Option<f64>,
    precision_at_10: Option<f64>,
    mr1: Option<f64>,
}

#[derive(Deserialize)]
enum Similarity {
    #[serde(rename = "dot product")]
    DotProduct,
}

/// What embeddings retrieve of their works, as they are: none is normalised.
pub fn retrieval(path: &Path, book: &mut Book) -> Result<()> {
    let file: RetrievalFile = json(path)?;
    let Similarity::DotProduct = file.similarity;
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let items = &file.embedding;
    let row = |query| items.iter().map(move |item| dot(query, item));
    let similarity: Vec<f64> = items.iter().flat_map(|query| row(query)).collect();
    let queries = metric::retrieval::queries(&similarity, &file.work)?;
    let works = file.work.iter().map(usize::to_string).collect();
    let predictions = Predictions::retrieved(works, queries)?;
    book.figure("map", score("map", &predictions)?, file.map, EXACT);
    let found = score("precision_at_10", &predictions)?;
    book.figure("precision_at_10", found, file.precision_at_10, EXACT);
    book.figure("mr1", score("mr1", &predictions)?, file.mr1, EXACT);
    Ok(())
}
