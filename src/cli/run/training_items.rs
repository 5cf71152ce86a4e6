//! Which items a row is trained on, with their labels or without, so that none is tested too.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::PlannedTask;
use crate::data::Corpus;
use crate::data::split::{Leak, leaks};
use crate::error::{Error, Result};
use crate::eval::answers::Answers;
use crate::eval::suite::{LabelSource, Suite};

/// Items whose labels reach a method.
pub struct Labelled {
    /// Where the labels are.
    pub source: LabelSource,
    /// The items that may be used.
    pub items: Vec<usize>,
    /// Their labels.
    pub answers: Answers,
}

/// The items whose labels may be learned from.
///
/// # Errors
/// When there are none, or a sound file cannot be read.
pub fn labelled(
    source: &LabelSource,
    corpora: &BTreeMap<String, Box<dyn Corpus>>,
    tasks: &[PlannedTask],
) -> Result<Labelled> {
    let wrong = |message: String| Error::data(format!("labels of {}", source.corpus), message);
    let corpus = corpora[&source.corpus].as_ref();
    let answers = Answers::new(std::slice::from_ref(&source.target), source.kind, corpus.items())
        .map_err(|e| wrong(e.to_string()))?;
    let mut items: Vec<usize> =
        (0..corpus.items().len()).filter(|item| answers.has(*item)).collect();
    for planned in tasks {
        if planned.task.corpus == source.corpus {
            let train: BTreeSet<usize> = planned.split.train.iter().copied().collect();
            items.retain(|item| train.contains(item));
        }
        let tested = (corpora[&planned.task.corpus].as_ref(), planned.held_out());
        let leaking: BTreeSet<usize> =
            leaks((corpus, &items), (tested.0, &tested.1))?.iter().map(|leak| leak.item).collect();
        items.retain(|item| !leaking.contains(item));
    }
    match items.is_empty() {
        true => Err(wrong("every labelled item shares something with valid or test".into())),
        false => Ok(Labelled { source: source.clone(), items, answers }),
    }
}

/// The items that are learned from without labels, by corpus.
///
/// # Errors
/// When one shares something with a tested item and the suite does not leave such out.
pub fn unlabelled(
    suite: &Suite,
    corpora: &BTreeMap<String, Box<dyn Corpus>>,
    tasks: &[PlannedTask],
) -> Result<Vec<(String, Vec<usize>)>> {
    let mut chosen = Vec::new();
    for name in &suite.pretrain.corpora {
        let corpus = corpora[name].as_ref();
        let all: Vec<usize> = (0..corpus.items().len()).collect();
        let mut leaking = Vec::new();
        for planned in tasks {
            let tested = corpora[&planned.task.corpus].as_ref();
            leaking.extend(leaks((corpus, &all), (tested, &planned.held_out()))?);
        }
        if !leaking.is_empty() && !suite.pretrain.exclude_held_out {
            return Err(Error::data(format!("corpus {name}"), refusal(&leaking)));
        }
        let leaking: BTreeSet<usize> = leaking.iter().map(|leak| leak.item).collect();
        let kept = all.into_iter().filter(|item| !leaking.contains(item)).collect();
        chosen.push((name.clone(), kept));
    }
    Ok(chosen)
}

fn refusal(leaking: &[Leak]) -> String {
    let some: Vec<String> = leaking.iter().take(3).map(Leak::to_string).collect();
    let more = leaking.len().saturating_sub(some.len());
    let remedy = "pre-train on other items, or set pretrain.exclude_held_out: true";
    format!("{}; {more} more such; {remedy}", some.join("; "))
}
