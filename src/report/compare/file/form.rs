//! Which columns a prediction file has.

use ::csv::StringRecord;

/// Which columns there are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    /// `truth`, `prediction` and, if so, `rank`.
    Classes { ranked: bool },
    /// `truth` and the scores of these classes.
    Scores(Vec<String>),
    /// The truths of these tags or outputs, then their scores.
    Numbers(Vec<String>),
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
    match (place("truth"), place("prediction")) {
        (Some(truth), Some(prediction)) => {
            let rank = place("rank");
            let columns = [Some(truth), Some(prediction), rank].into_iter().flatten().collect();
            Ok((Form::Classes { ranked: rank.is_some() }, columns))
        }
        (Some(truth), None) if !scores.is_empty() => {
            let columns = std::iter::once(truth).chain(of("score:", &scores)).collect();
            Ok((Form::Scores(scores), columns))
        }
        (None, None) if !truths.is_empty() => {
            let columns = [of("truth:", &truths), of("score:", &truths)].concat();
            if columns.len() != 2 * truths.len() || scores.len() != truths.len() {
                return Err("the columns truth:<name> and score:<name> do not go together".into());
            }
            Ok((Form::Numbers(truths), columns))
        }
        _ => {
            Err("the columns must be id and truth,prediction[,rank], or truth and score:<class>, \
                  or truth:<name> and score:<name>; group may be added"
                .into())
        }
    }
}
