//! Which items a row is trained on, with their labels or without, so that none is tested too.

use std::collections::BTreeSet;

use crate::cli::run::plan::PlannedTask;
use crate::data::Corpora;
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
    /// What of them a published split lets overlap.
    pub overlaps: Vec<String>,
}

/// The items of one corpus of which none may be tested too.
#[derive(Clone)]
pub struct Clean {
    /// Those that are left.
    pub items: Vec<usize>,
    /// Items that share something with tested ones, and must not.
    pub leaking: Vec<Leak>,
    /// What published splits let overlap, in words.
    pub overlaps: Vec<String>,
}

/// What some items share with those that a task tests.
type Find<'f> = &'f dyn Fn(&[usize], &PlannedTask) -> Result<Vec<Leak>>;

impl Clean {
    /// Looks with `find` for what `items` share with what tasks test. With `allow_overlap` an item
    /// is no leak that a task's published split has in train.
    ///
    /// # Errors
    /// Those of `find`.
    pub fn new(
        tasks: &[PlannedTask],
        (name, items): (&str, Vec<usize>),
        allow_overlap: bool,
        find: Find<'_>,
    ) -> Result<Clean> {
        let mut clean = Clean { items, leaking: Vec::new(), overlaps: Vec::new() };
        let mut allowed = Vec::new();
        for planned in tasks {
            let here = allow_overlap && planned.task.corpus == name;
            let found = find(&clean.items, planned)?;
            let (let_be, leaking): (Vec<Leak>, Vec<Leak>) =
                found.into_iter().partition(|leak| here && planned.publishes(leak.item));
            clean.leaking.extend(leaking);
            allowed.push((planned, let_be));
        }
        let leaking: BTreeSet<usize> = clean.leaking.iter().map(|leak| leak.item).collect();
        clean.items.retain(|item| !leaking.contains(item));
        for (planned, mut let_be) in allowed {
            let_be.retain(|leak| !leaking.contains(&leak.item));
            clean.overlaps.extend(overlap(planned, &let_be));
        }
        Ok(clean)
    }
}

/// What items of a corpus are known to share with those that a task tests: sound files, groups,
/// works.
fn traced<'c>(
    corpora: &'c Corpora,
    name: &'c str,
) -> impl Fn(&[usize], &PlannedTask) -> Result<Vec<Leak>> + 'c {
    move |items, planned| {
        let tested = corpora[&planned.task.corpus].as_ref();
        leaks((corpora[name].as_ref(), items), (tested, &planned.held_out()))
    }
}

/// What is trained on although a task tests something of the same kin, in words.
fn overlap(planned: &PlannedTask, let_be: &[Leak]) -> Option<String> {
    let first = let_be.first()?;
    Some(format!(
        "task {}: {} items are trained on that share a group, work or sound with valid or test items, \
         as its published split has it and the suite allows: {first}",
        planned.task.name,
        let_be.len()
    ))
}

/// The items whose labels may be learned from.
///
/// # Errors
/// When there are none, or a sound file cannot be read.
pub fn labelled(
    source: &LabelSource,
    corpora: &Corpora,
    tasks: &[PlannedTask],
    allow_overlap: bool,
) -> Result<Labelled> {
    let wrong = |message: String| Error::data(format!("labels of {}", source.corpus), message);
    let corpus = corpora[&source.corpus].as_ref();
    let answers = Answers::new(std::slice::from_ref(&source.target), source.kind, corpus.items())
        .map_err(|e| wrong(e.told()))?;
    let mut items: Vec<usize> =
        (0..corpus.items().len()).filter(|item| answers.has(*item)).collect();
    for planned in tasks.iter().filter(|planned| planned.task.corpus == source.corpus) {
        let train: BTreeSet<usize> = planned.split.train.iter().copied().collect();
        items.retain(|item| train.contains(item));
    }
    let (name, find) = (source.corpus.as_str(), traced(corpora, &source.corpus));
    let Clean { items, overlaps, .. } = Clean::new(tasks, (name, items), allow_overlap, &find)?;
    check_left(source, &items)?;
    Ok(Labelled { source: source.clone(), items, answers, overlaps })
}

/// Some items whose labels may be learned from are left.
///
/// # Errors
/// When there are none.
pub fn check_left(source: &LabelSource, items: &[usize]) -> Result<()> {
    let message = "every labelled item shares something with valid or test";
    match items.is_empty() {
        true => Err(Error::settings(format!("labels of {}", source.corpus), message)),
        false => Ok(()),
    }
}

/// Items of several corpora, by the corpora's names.
pub type ByCorpus = Vec<(String, Vec<usize>)>;

/// The items that are learned from without labels, by corpus, and what of them published splits let
/// overlap.
///
/// # Errors
/// When one shares something with a tested item and the suite does not leave such out.
pub fn unlabelled(
    suite: &Suite,
    corpora: &Corpora,
    tasks: &[PlannedTask],
) -> Result<(ByCorpus, Vec<String>)> {
    let (mut chosen, mut overlaps) = (Vec::new(), Vec::new());
    for name in &suite.pretrain.corpora {
        let all: Vec<usize> = (0..corpora[name].items().len()).collect();
        let (allow, find) = (suite.pretrain.allow_overlap, traced(corpora, name));
        let clean = Clean::new(tasks, (name, all), allow, &find)?;
        if !clean.leaking.is_empty() && !suite.pretrain.exclude_held_out {
            return Err(Error::data(format!("corpus {name}"), refusal(&clean.leaking)));
        }
        chosen.push((name.clone(), clean.items));
        overlaps.extend(clean.overlaps);
    }
    Ok((chosen, overlaps))
}

/// Why a suite that trains on these is refused.
pub fn refusal(leaking: &[Leak]) -> String {
    let some: Vec<String> = leaking.iter().take(3).map(Leak::to_string).collect();
    let more = leaking.len().saturating_sub(some.len());
    let remedy = "pre-train on other items, or set pretrain.exclude_held_out: true";
    format!("{}; {more} more such; {remedy}", some.join("; "))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::data::split::Divided;
    use crate::data::{Corpus, CorpusSpec, Kind, Split};
    use crate::eval::suite::Task;
    use crate::settings::parse;

    /// Pieces by corpus.
    fn corpora(specs: &[(&str, &str)]) -> Corpora {
        let open = |(name, spec): &(&str, &str)| {
            let spec: CorpusSpec = parse(spec, name).unwrap();
            ((*name).to_string(), spec.open(name, &BTreeMap::new(), &|_| None).unwrap().into())
        };
        specs.iter().map(open).collect()
    }

    fn task(target: &str, seed: u64, corpus: &dyn Corpus) -> PlannedTask {
        let text = format!(
            "{{name: {target}, corpus: tested, targets: [{target}], kind: class, metrics: [accuracy], \
             split: {{train: 0.5, valid: 0.2, test: 0.3, seed: {seed}}}, \
             probe: {{hidden: [0], batch: [4], lr: [0.01], evaluate_every: 1, patience: 1, max_steps: 1}}}}"
        );
        let task: Task = parse(&text, "task").unwrap();
        let Divided { split, origin } = task.split.of(corpus, Some(target)).unwrap();
        let answers = Answers::new(&task.targets, task.kind.target(), corpus.items()).unwrap();
        let (spared, warnings, corrupted) = (BTreeSet::new(), Vec::new(), Vec::new());
        let published = Vec::new();
        PlannedTask { task, split, origin, answers, spared, warnings, corrupted, published }
    }

    fn style_of(corpus: &str) -> LabelSource {
        LabelSource { corpus: corpus.into(), target: "style".into(), kind: Kind::Class }
    }

    #[test]
    fn of_a_tasks_own_corpus_only_items_that_are_train_in_every_task_are_learned_from() {
        let corpora = corpora(&[("tested", "{etudes: {pieces: 60, seconds: 1, seed: 3}}")]);
        let corpus = corpora["tested"].as_ref();
        let tasks = [task("style", 1, corpus), task("key", 2, corpus)];
        let found = labelled(&style_of("tested"), &corpora, &tasks, false).unwrap().items;
        let in_both = |item: &usize| tasks.iter().all(|task| task.split.train.contains(item));
        let expected: Vec<usize> = (0..60).filter(in_both).collect();
        assert!(expected.len() < tasks[0].split.train.len());
        assert_eq!(found, expected);
    }

    #[test]
    fn pieces_of_another_corpus_that_are_tested_lose_their_labels_and_their_works_too() {
        // The first 30 of the same pieces: versions of one work are in both.
        let corpora = corpora(&[
            ("tested", "{etudes: {pieces: 60, seconds: 1, seed: 3}}"),
            ("others", "{etudes: {pieces: 30, seconds: 1, seed: 3}}"),
        ]);
        let (tested, others) = (corpora["tested"].as_ref(), corpora["others"].as_ref());
        let tasks = [task("style", 1, tested)];
        let held_out: BTreeSet<_> =
            tasks[0].held_out().iter().map(|item| tested.items()[*item].work.clone()).collect();
        let found = labelled(&style_of("others"), &corpora, &tasks, false).unwrap().items;
        let free = |item: &usize| !held_out.contains(&others.items()[*item].work);
        let expected: Vec<usize> = (0..30).filter(free).collect();
        assert!(!expected.is_empty() && expected.len() < 30);
        assert_eq!(found, expected);
    }

    #[test]
    fn a_corpus_of_which_every_item_is_tested_has_no_labels_to_give() {
        let corpora = corpora(&[
            ("tested", "{etudes: {pieces: 60, seconds: 1, seed: 3}}"),
            ("others", "{etudes: {pieces: 60, seconds: 1, seed: 3}}"),
        ]);
        let mut all = task("style", 1, corpora["tested"].as_ref());
        all.split.test = (0..60).collect();
        let refused =
            labelled(&style_of("others"), &corpora, &[all], false).err().unwrap().to_string();
        assert!(refused.contains("every labelled item shares something"), "{refused}");
    }

    #[test]
    fn what_a_published_split_has_in_train_may_overlap_only_where_the_suite_allows_it() {
        let corpora = corpora(&[("tested", "{etudes: {pieces: 60, seconds: 1, seed: 3}}")]);
        let items = corpora["tested"].items();
        let version = |a: usize, b: usize| a != b && items[a].work == items[b].work;
        let tested = (0..60).find(|a| (0..60).any(|b| version(*a, b))).unwrap();
        let mut planned = task("style", 1, corpora["tested"].as_ref());
        let train: Vec<usize> = (0..60).filter(|item| *item != tested).collect();
        planned.split = Split { train: train.clone(), valid: Vec::new(), test: vec![tested] };
        planned.origin = "a published split".into();
        let tasks = [planned];
        let found = |allow| labelled(&style_of("tested"), &corpora, &tasks, allow).unwrap();
        let strangers: Vec<usize> =
            train.iter().copied().filter(|item| !version(*item, tested)).collect();
        let strict = found(false);
        assert_eq!((strict.items, strict.overlaps), (strangers.clone(), Vec::new()));
        let allowed = found(true);
        let told = format!("task style: {} items are trained on", train.len() - strangers.len());
        assert_eq!(allowed.items, train);
        assert!(allowed.overlaps[0].starts_with(&told), "{:?}", allowed.overlaps);
    }
}
