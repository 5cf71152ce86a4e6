//! How predictions are made from latent scores, one way for each metric.

use bench::data::Key;
use bench::eval::metric::{
    Accuracy, MacroAveragePrecision, MacroRocAuc, Metric, Predictions, R2, Relation, Truth,
    WeightedKeyScore, relation,
};
use bench::{Error, Result, Rng};
use rand::RngExt;
use statrs::distribution::{ContinuousCDF, Normal};

use super::world::{Run, World, normals};

/// Classes of the questions about classes.
const CLASSES: usize = 10;

/// The share of items that have the tag.
const PREVALENCE: f64 = 0.3;

/// The latent scores above which an estimated key stands so to the true one: the normal quantiles
/// of 0.5, 0.4, 0.3 and 0.25.
pub const CUTS: [(f64, Relation); 4] = [
    (0.0, Relation::Correct),
    (-0.253_347_103_135_799_7, Relation::Fifth),
    (-0.524_400_512_708_041, Relation::Relative),
    (-0.674_489_750_196_081_7, Relation::Parallel),
];

/// What a latent score answers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// One of [`CLASSES`]: the right one where it is positive.
    Classes,
    /// A key, by [`CUTS`].
    Keys,
    /// How likely the item has a tag: skill shifts the score of those that do.
    Tag,
    /// A number: what is true and an error, of variance Φ(−skill) where truth has 1.
    Value,
}

/// What methods are asked, and measured by.
pub struct Question {
    /// What their answers are measured by.
    pub metric: &'static dyn Metric,
    kind: Kind,
    /// The ability of a method whose interval is looked at, and of the equal ones.
    pub ability: f64,
    /// The standard deviation of effects between as many seeds as items that gives both an equal
    /// part in the variance of a mean.
    pub even: f64,
}

const fn question(
    metric: &'static dyn Metric,
    kind: Kind,
    (ability, even): (f64, f64),
) -> Question {
    Question { metric, kind, ability, even }
}

/// One question for each metric.
pub const QUESTIONS: [Question; 5] = [
    question(&Accuracy, Kind::Classes, (0.0, 1.0)),
    question(&WeightedKeyScore, Kind::Keys, (0.0, 1.0)),
    question(&MacroAveragePrecision, Kind::Tag, (1.0, 2.8)),
    question(&R2, Kind::Value, (0.0, 2.3)),
    question(&MacroRocAuc, Kind::Tag, (1.0, 2.1)),
];

impl Question {
    /// Whether the figure is no mean over items, and so is drawn again and again for its interval.
    pub fn composite(&self) -> bool {
        matches!(self.kind, Kind::Tag | Kind::Value)
    }

    /// The score of a run.
    ///
    /// # Errors
    /// Where it is undefined.
    pub fn score(&self, run: &Predictions) -> Result<f64> {
        let undefined = || Error::Failed(format!("{} is undefined", self.metric.name()));
        self.metric.score(run)?.value.ok_or_else(undefined)
    }

    /// What the runs of methods of these abilities predict of a newly drawn test set.
    pub fn predictions(
        &self,
        world: &World,
        abilities: &[f64],
        rng: &mut Rng,
    ) -> Result<Vec<Vec<Predictions>>> {
        let truth = self.truth(world.items, rng);
        let methods = world.runs(abilities, self.even * world.spread, rng);
        let predict = |runs: &Vec<Run>| -> Result<Vec<Predictions>> {
            runs.iter().map(|run| predicted(&truth, self, run)).collect()
        };
        methods.iter().map(predict).collect()
    }

    fn truth(&self, items: usize, rng: &mut Rng) -> Truth {
        match self.kind {
            Kind::Classes => Truth::Classes(classes(items, CLASSES, rng)),
            Kind::Keys => Truth::Classes(classes(items, Key::COUNT, rng)),
            Kind::Tag => {
                Truth::Tags((0..items).map(|_| rng.random::<f64>() < PREVALENCE).collect())
            }
            Kind::Value => Truth::Values(normals(items, rng)),
        }
    }
}

fn classes(items: usize, count: usize, rng: &mut Rng) -> Vec<usize> {
    (0..items).map(|_| rng.random_range(0..count as u64) as usize).collect()
}

fn predicted(truth: &Truth, question: &Question, run: &Run) -> Result<Predictions> {
    let skill = run.skill;
    match truth {
        Truth::Classes(classes) if question.kind == Kind::Keys => {
            let pairs = classes.iter().zip(&run.items);
            let keys = pairs.map(|(class, item)| estimated(*class, skill + item)).collect();
            classified(Key::all().map(|key| key.to_string()).collect(), classes, keys)
        }
        Truth::Classes(classes) => {
            let pairs = classes.iter().zip(&run.items);
            let wrong = |item: &f64| usize::from(skill + item <= 0.0);
            let answers = pairs.map(|(class, item)| (class + wrong(item)) % CLASSES).collect();
            classified((0..CLASSES).map(|class| class.to_string()).collect(), classes, answers)
        }
        Truth::Tags(tags) => {
            let pairs = tags.iter().zip(&run.items);
            let scores = pairs.map(|(tag, item)| if *tag { skill + item } else { *item }).collect();
            Predictions::new(vec!["tag".into()], scores, truth.clone())
        }
        Truth::Values(values) => {
            let error = Normal::standard().cdf(-skill).sqrt();
            let pairs = values.iter().zip(&run.items);
            let scores = pairs.map(|(value, item)| value + error * item).collect();
            Predictions::new(vec!["value".into()], scores, truth.clone())
        }
    }
}

/// The class of the first key that stands to the true one as the score says.
fn estimated(truth: usize, score: f64) -> usize {
    let wanted = CUTS.iter().find(|(cut, _)| score > *cut);
    let wanted = wanted.map_or(Relation::Other, |(_, relation)| *relation);
    let stands = |key: &Key, truth: Key| relation(truth, *key) == wanted;
    let found = Key::all().nth(truth).and_then(|truth| Key::all().find(|key| stands(key, truth)));
    found.map_or(truth, Key::class)
}

fn classified(names: Vec<String>, truth: &[usize], predicted: Vec<usize>) -> Result<Predictions> {
    let pairs = truth.iter().zip(&predicted);
    let rank = pairs.map(|(truth, predicted)| 1 + usize::from(truth != predicted)).collect();
    Predictions::classified(names, truth.to_vec(), predicted, rank)
}
