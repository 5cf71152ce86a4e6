//! What fine-tuning may be told.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_yaml::Value;

use crate::error::{Error, Result};
use crate::eval::metric::Labels;
use crate::eval::probe::{
    self, EncoderMode, Part, Pool, Presets, Sampler, Widths, laid_upon, named,
};
use crate::settings;

/// Every preset by its name.
pub const PRESETS: Presets =
    &[("finetune", include_str!("../../../suites/protocols/finetune.yaml"))];

/// How a network is trained end to end on a task: the product of its learning rates is tried, and
/// the best on valid answers.
///
/// A suite names a preset, or lays settings upon one: `{preset: finetune, fraction: 0.1}`. What is
/// called as a setting of a [`Grid`](crate::eval::probe::Grid) means the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Finetune {
    /// The preset that the other settings are laid upon.
    #[serde(default, skip_serializing_if = "probe::is_default")]
    pub preset: Option<String>,
    /// Units of the head's hidden layers; 0 for a linear head.
    pub hidden: Widths,
    /// Items per step, each with one clip; all where there are fewer.
    pub batch: usize,
    /// Learning rates of Adam.
    pub lr: Vec<f64>,
    /// Those of the encoder, where it does not share the head's.
    #[serde(default, skip_serializing_if = "probe::is_default")]
    pub encoder_lr: Vec<f64>,
    /// Coupled weight decay.
    #[serde(default)]
    pub l2: f64,
    /// Steps between two looks at valid; none where `epochs` are counted.
    #[serde(default, skip_serializing_if = "probe::is_default")]
    pub evaluate_every: Option<u64>,
    /// Looks in a row without improvement that training survives; one more ends it.
    pub patience: u64,
    /// Steps after which it stops.
    #[serde(default, skip_serializing_if = "probe::is_default")]
    pub max_steps: Option<u64>,
    /// Passes over the items, with a look at valid after each.
    #[serde(default, skip_serializing_if = "probe::is_default")]
    pub epochs: Option<u64>,
    /// The encoder's mode while it is trained: `train` drops out and normalises by the batch.
    #[serde(default)]
    pub encoder_mode: EncoderMode,
    /// How an item's answer is made of its clips; the best of several on valid.
    pub pool: Vec<Pool>,
    /// An item's answer rests on this many of its clips at most, the first ones.
    #[serde(default, skip_serializing_if = "probe::is_default")]
    pub first: Option<usize>,
    /// Share of the train items whose labels are seen, drawn anew for every run.
    #[serde(default = "probe::all", skip_serializing_if = "probe::is_all")]
    pub fraction: f64,
    /// How those items are drawn.
    #[serde(default, skip_serializing_if = "probe::is_default")]
    pub sampler: Sampler,
    /// How many times they are drawn in every run, whose score is then a mean over its draws.
    #[serde(default = "probe::once", skip_serializing_if = "probe::is_once")]
    pub draws: u64,
}

/// What one attempt trains with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// The head's learning rate.
    pub lr: f64,
    /// The encoder's.
    pub encoder_lr: f64,
}

impl Finetune {
    /// Checks that nothing is empty, out of range, or at odds with another setting, for answers of
    /// a kind.
    ///
    /// # Errors
    /// With the field and what is allowed.
    pub fn check(&self, labels: Labels) -> Result<()> {
        let mut rules = self.ranges(labels).into_iter().chain(self.part().rules(labels));
        match rules.find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(Error::settings("finetune", rule)),
            None => Ok(()),
        }
    }

    fn ranges(&self, labels: Labels) -> [(bool, &'static str); 10] {
        let rates = |rates: &[f64]| rates.iter().all(|rate| *rate > 0.0 && rate.is_finite());
        let (passes, steps) =
            (self.epochs.is_some(), self.evaluate_every.is_some() || self.max_steps.is_some());
        let embedding = self.pool.contains(&Pool::Embedding) && self.pool.len() > 1;
        [
            (self.hidden.is_sound(), "hidden needs a number from 0 to 16384, or a list of them"),
            ((1..=65_536).contains(&self.batch), "batch: 1 to 65536 are allowed"),
            (!self.lr.is_empty() && rates(&self.lr), "lr needs positive numbers"),
            (rates(&self.encoder_lr), "encoder_lr needs positive numbers"),
            (self.l2 >= 0.0 && self.l2.is_finite(), "l2 must be a number from 0"),
            (
                passes != steps && (passes || self.evaluate_every.is_some()),
                "give either evaluate_every, with or without max_steps, or epochs",
            ),
            (
                ![self.evaluate_every, self.max_steps, self.epochs].contains(&Some(0)),
                "evaluate_every, max_steps and epochs must be at least 1",
            ),
            (
                !self.pools(labels).is_empty(),
                "pool must say how an item's answer is made of its clips; vote is for classes",
            ),
            (!embedding, "pool: embedding stands alone"),
            (self.first != Some(0), "first must be at least 1"),
        ]
    }

    /// The part of train whose labels are seen.
    pub fn part(&self) -> Part {
        Part { fraction: self.fraction, sampler: self.sampler, draws: self.draws }
    }

    /// The learning rates tried, in the order in which ties are broken.
    pub fn points(&self) -> Vec<Rates> {
        let of_encoder = |lr: f64| match self.encoder_lr.as_slice() {
            [] => vec![lr],
            several => several.to_vec(),
        };
        let with = |&lr: &f64| of_encoder(lr).into_iter().map(move |encoder_lr| (lr, encoder_lr));
        let pairs = self.lr.iter().flat_map(with);
        pairs.map(|(lr, encoder_lr)| Rates { lr, encoder_lr }).collect()
    }

    /// The pools that can answer with labels of a kind, in the order in which ties are broken.
    pub fn pools(&self, labels: Labels) -> Vec<Pool> {
        self.pool.iter().copied().filter(|pool| pool.fits(labels)).collect()
    }

    /// The preset's name, with every setting that is not the preset's; `finetune` without one.
    pub fn name(&self) -> String {
        let of = |name: &String| {
            let preset: Finetune = settings::from_value(Value::from(name.as_str()), "").ok()?;
            named(name, &preset, self)
        };
        self.preset.as_ref().and_then(of).unwrap_or_else(|| "finetune".into())
    }
}

impl<'de> Deserialize<'de> for Finetune {
    fn deserialize<D: Deserializer<'de>>(given: D) -> Result<Finetune, D::Error> {
        let all = laid_upon(PRESETS, Value::deserialize(given)?).map_err(D::Error::custom)?;
        Finetune::deserialize(all).map_err(D::Error::custom)
    }
}

impl Serialize for Finetune {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        Finetune::serialize(self, out)
    }
}
