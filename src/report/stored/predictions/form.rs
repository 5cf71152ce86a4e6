//! Which columns a prediction file has.

use ::csv::StringRecord;

use crate::eval::metric::Labels;

/// Which columns there are.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) enum Form {
    /// `truth`, `prediction` and, if so, `rank`.
    Classes { ranked: bool },
    /// `truth` and the scores of these classes.
    Scores(Vec<String>),
    /// The truths of these tags or outputs, then their scores.
    Numbers(Vec<String>),
    /// `truth` and `ranks`.
    Works,
}

/// The columns of a file of this program; `names` are the tags or outputs.
pub(super) fn columns(labels: Labels, names: &[String]) -> Vec<String> {
    let both = |name: &String| [format!("truth:{name}"), format!("score:{name}")];
    let predicted = match labels {
        Labels::Classes => ["truth", "prediction", "rank"].map(String::from).to_vec(),
        Labels::Works => ["truth", "ranks"].map(String::from).to_vec(),
        Labels::Tags | Labels::Values => names.iter().flat_map(both).collect(),
    };
    ["id", "group"].map(String::from).into_iter().chain(predicted).collect()
}

/// The form of a file, and the places of its cells.
pub(super) fn find(header: &StringRecord) -> Result<(Form, Vec<usize>), String> {
    let place = |name: &str| header.iter().position(|column| column == name);
    let after =
        |prefix: &'static str| header.iter().filter_map(move |column| column.strip_prefix(prefix));
    let of = |prefix: &str, names: &[String]| -> Vec<usize> {
        names.iter().filter_map(|name| place(&format!("{prefix}{name}"))).collect()
    };
    if place("id").is_none() {
        return Err("there is no column id".into());
    }
    let truths: Vec<String> = after("truth:").map(String::from).collect();
    let scores: Vec<String> = after("score:").map(String::from).collect();
    match (place("truth"), place("prediction"), place("ranks")) {
        (Some(truth), Some(prediction), _) => {
            let rank = place("rank");
            let columns = [Some(truth), Some(prediction), rank].into_iter().flatten().collect();
            Ok((Form::Classes { ranked: rank.is_some() }, columns))
        }
        (Some(truth), None, Some(ranks)) => Ok((Form::Works, vec![truth, ranks])),
        (Some(truth), None, None) if !scores.is_empty() => {
            let columns = std::iter::once(truth).chain(of("score:", &scores)).collect();
            Ok((Form::Scores(scores), columns))
        }
        (None, None, _) if !truths.is_empty() => {
            let columns = [of("truth:", &truths), of("score:", &truths)].concat();
            if columns.len() != 2 * truths.len() || scores.len() != truths.len() {
                return Err("the columns truth:<name> and score:<name> do not go together".into());
            }
            Ok((Form::Numbers(truths), columns))
        }
        _ => {
            Err("the columns must be id and truth,prediction[,rank], or truth and score:<class>, \
                  or truth:<name> and score:<name>, or truth and ranks; group may be added"
                .into())
        }
    }
}
