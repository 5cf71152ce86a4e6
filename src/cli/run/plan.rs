//! From a suite's text to everything that is needed to run it: names resolved, corpora opened,
//! splits drawn.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_yaml::Value;

use crate::cli::{RunArgs, suites};
use crate::data::split::{Leak, leaks};
use crate::data::{Corpus, Kind, Split};
use crate::error::{Error, Result, unknown};
use crate::eval::answers::Answers;
use crate::eval::suite::{Row, Suite, Task};
use crate::method::Supervision;
use crate::registry::{Entry, Registry};
use crate::settings;
use crate::train::{Precision, Recipe};

/// A suite ready to run.
pub struct Plan<'a> {
    /// The suite as it will be reported.
    pub suite: Suite,
    /// Its corpora, open, by name.
    pub corpora: BTreeMap<String, Box<dyn Corpus>>,
    /// Its rows with their methods.
    pub rows: Vec<PlannedRow<'a>>,
    /// Its tasks with their splits.
    pub tasks: Vec<PlannedTask>,
    /// Items pre-trained on, by corpus.
    pub pretrain: Vec<(String, Vec<usize>)>,
    /// What a reader must be told.
    pub warnings: Vec<String>,
    /// The command that makes these results.
    pub command: String,
}

/// A row with everything resolved.
pub struct PlannedRow<'a> {
    /// As the suite says.
    pub row: Row,
    /// The method.
    pub entry: &'a Entry,
    /// Its `method:` settings with every default.
    pub config: Value,
    /// Its `train:` settings, if it will be trained.
    pub recipe: Option<Recipe>,
}

/// A task with its split and answers.
pub struct PlannedTask {
    /// As the suite says.
    pub task: Task,
    /// Items of train, valid and test that have an answer.
    pub split: Split,
    /// The answers of the whole corpus.
    pub answers: Answers,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sections {
    #[serde(default)]
    method: Value,
    #[serde(default)]
    train: Option<Value>,
}

impl<'a> Plan<'a> {
    /// Reads a suite with its command-line changes and checks everything that can be checked
    /// without computing.
    ///
    /// # Errors
    /// With what is wrong, where, and what is allowed.
    pub fn new(registry: &'a Registry, args: &RunArgs) -> Result<Plan<'a>> {
        let (suite, place) = read(args)?;
        let mut rows = Vec::new();
        for row in &suite.rows {
            let planned = resolve(registry, row, suite.precision).map_err(|e| {
                Error::settings(format!("{place}, row {}", row.name), e.to_string())
            })?;
            rows.push(planned);
        }
        let mut corpora = BTreeMap::new();
        for (name, spec) in &suite.corpora {
            let of_corpus = suite.tasks.iter().filter(|task| task.corpus == *name);
            let declared = of_corpus
                .flat_map(|task| task.targets.iter().map(|t| (t.clone(), task.kind)))
                .collect();
            corpora.insert(
                name.clone(),
                spec.open(name, &declared, &|variable| lookup(&suite, variable))?,
            );
        }
        let mut warnings = Vec::new();
        let mut tasks = Vec::new();
        for task in &suite.tasks {
            tasks.push(plan_task(task, corpora[&task.corpus].as_ref(), &mut warnings)?);
        }
        let pretrain = pretrain(&suite, &corpora, &tasks)?;
        Ok(Plan { suite, corpora, rows, tasks, pretrain, warnings, command: command(args) })
    }
}

fn command(args: &RunArgs) -> String {
    let mut words = vec!["bench run".to_string(), args.suite.display().to_string()];
    words.extend(args.seeds.map(|seeds| format!("--seeds {seeds}")));
    words.extend((!args.only.is_empty()).then(|| format!("--only {}", args.only.join(","))));
    words.extend(args.set.iter().map(|assignment| format!("--set {assignment:?}")));
    words.join(" ")
}

fn read(args: &RunArgs) -> Result<(Suite, String)> {
    let (text, place) = suites::find(&args.suite)?;
    let _typed: Suite = settings::parse(&text, &place)?;
    let mut value: Value = settings::parse(&text, &place)?;
    for assignment in &args.set {
        settings::set(&mut value, assignment)?;
    }
    let mut suite: Suite = settings::from_value(value, &place)?;
    suite.seeds = args.seeds.unwrap_or(suite.seeds);
    let mut suite = suite.check(&place)?;
    if !args.only.is_empty() {
        let known: Vec<&str> = suite.rows.iter().map(|row| row.name.as_str()).collect();
        if let Some(name) = args.only.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(Error::settings("--only", unknown("row", name, known)));
        }
        let baseline = suite.baseline.clone();
        suite.rows.retain(|row| args.only.contains(&row.name) || row.name == baseline);
    }
    Ok((suite, place))
}

fn lookup(suite: &Suite, variable: &str) -> Option<String> {
    suite.variables.get(variable).cloned().flatten().or_else(|| std::env::var(variable).ok())
}

fn resolve<'a>(
    registry: &'a Registry,
    row: &Row,
    precision: Option<Precision>,
) -> Result<PlannedRow<'a>> {
    let entry = registry.find(&row.method)?;
    let name = match (&row.config, entry.configs) {
        (Some(name), _) => name,
        (None, [(only, _)]) => *only,
        (None, several) => {
            let known: Vec<&str> = several.iter().map(|(name, _)| *name).collect();
            let message =
                format!("{} has several configs; give one of {}", row.method, known.join(", "));
            return Err(Error::Invalid(message));
        }
    };
    let mut value: Value =
        settings::parse(entry.config(name)?, &format!("{name} of {}", entry.name))?;
    if !row.set.is_null() {
        settings::merge(&mut value, row.set.clone());
    }
    let sections: Sections = settings::from_value(value, &format!("settings of {}", row.name))?;
    if row.untrained && !entry.trains {
        return Err(Error::Invalid(format!(
            "{} is never trained; leave out `untrained`",
            row.method
        )));
    }
    let trained = entry.trains && !row.untrained;
    let recipe: Option<Recipe> = sections
        .train
        .filter(|_| trained)
        .map(|train| settings::from_value(train, "train"))
        .transpose()?;
    if trained && recipe.is_none() {
        return Err(Error::Invalid(format!(
            "config {name} of {} has no `train:` section",
            row.method
        )));
    }
    if trained && entry.card.supervision != Supervision::None {
        let message =
            format!("{} learns from labels, which pre-training does not hand out", row.method);
        return Err(Error::Invalid(message));
    }
    let recipe =
        recipe.map(|recipe| Recipe { precision: precision.unwrap_or(recipe.precision), ..recipe });
    if let Some(recipe) = &recipe {
        recipe.check()?;
    }
    let config = entry.resolve(sections.method)?;
    Ok(PlannedRow { row: row.clone(), entry, config, recipe })
}

fn plan_task(task: &Task, corpus: &dyn Corpus, warnings: &mut Vec<String>) -> Result<PlannedTask> {
    let answers = Answers::new(task, corpus.items())?;
    let single = matches!(task.kind, Kind::Key | Kind::Class);
    let mut split =
        Split::new(corpus.items(), &task.split, single.then_some(task.targets[0].as_str()))
            .map_err(|e| Error::settings(format!("task {}", task.name), e.to_string()))?;
    for part in [&mut split.train, &mut split.valid, &mut split.test] {
        part.retain(|item| answers.has(*item));
    }
    for warning in split.lacking(corpus.items(), &task.targets[0]) {
        warnings.push(format!("task {}: {warning}", task.name));
    }
    Ok(PlannedTask { task: task.clone(), split, answers })
}

fn pretrain(
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
            let held: Vec<usize> =
                planned.split.valid.iter().chain(&planned.split.test).copied().collect();
            leaking.extend(leaks((corpus, &all), (corpora[&planned.task.corpus].as_ref(), &held)));
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
