//! One task answered from embeddings: nothing fitted where the encoder knows the classes or hears
//! nothing, else the best probe of every readout.

use serde::Serialize;
use tch::{Device, Kind, Tensor};

use super::{Choice, Embedded, Examples, Grid, Neighbours, Part, fit, poll, prior};
use crate::error::{Error, Result};
use crate::eval::metric::{Labels, Metric, Predictions};
use crate::method::{Classification, Encoder, Readout};
use crate::seed::Seed;

/// What is asked, and how a probe is chosen.
pub struct ProbeQuestion<'a> {
    /// The classes, tags or outputs.
    pub names: &'a [String],
    /// What is tried.
    pub probe: Probe<'a>,
    /// What decides on valid.
    pub metric: &'a dyn Metric,
    /// For initialisation and the order of items.
    pub seed: Seed,
}

/// What answers a task from embeddings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Probe<'a> {
    /// A grid of probes.
    Grid(&'a Grid),
    /// The nearest train items.
    Neighbours(&'a Neighbours),
}

impl Probe<'_> {
    /// Checks that nothing in it is empty or out of range, for answers of a kind.
    ///
    /// # Errors
    /// With what is wrong and what is allowed.
    pub fn check(&self, labels: Labels) -> Result<()> {
        match self {
            Probe::Grid(grid) => grid.check(labels),
            Probe::Neighbours(neighbours) => neighbours.check(),
        }
    }

    /// The part of train whose labels are seen.
    pub fn part(&self) -> Part {
        match self {
            Probe::Grid(grid) => grid.part(),
            Probe::Neighbours(_) => Part::WHOLE,
        }
    }

    /// How many settings are tried.
    fn tried(&self) -> usize {
        match self {
            Probe::Grid(grid) => grid.points().len(),
            Probe::Neighbours(neighbours) => neighbours.votes(),
        }
    }
}

/// The choice made on train and valid, and with it the scores of the test items, `[items, outputs]`
/// row by row, for each of several tests.
///
/// # Errors
/// When nothing that is tried has a defined value on valid.
pub fn answer(
    question: &ProbeQuestion<'_>,
    encoder: &dyn Encoder,
    (train, valid): (&Examples, &Examples),
    tests: &[Embedded],
) -> Result<(Choice, Vec<Vec<f64>>)> {
    let some = question.labelled(train);
    let train = some.as_ref().unwrap_or(train);
    if encoder.dim() == 0 {
        let prior = |test: &Embedded| prior(&train.truth, question.names.len(), test.items());
        return Ok((question.unchosen("prior"), tests.iter().map(prior).collect()));
    }
    if knows(encoder, question.names, valid.embedded.rows.device()) {
        return untaught(question, encoder, valid, tests);
    }
    let readouts = encoder.readouts();
    let among = readouts.len() * question.probe.tried();
    let mut best: Option<Tried> = None;
    for readout in &readouts {
        let tried = question.attempt((readout, among), (train, valid), tests)?;
        let wins = |best: &Tried| question.metric.gain(tried.value, best.value) > 0.0;
        if best.as_ref().is_none_or(wins) {
            best = Some(tried);
        }
    }
    best.map(|tried| (tried.choice, tried.scores)).ok_or_else(|| question.undefined())
}

/// What came of one readout.
struct Tried {
    choice: Choice,
    value: f64,
    scores: Vec<Vec<f64>>,
}

/// Whether `encoder` tells these classes apart without a probe.
pub fn knows(encoder: &dyn Encoder, names: &[String], device: Device) -> bool {
    let one = Tensor::zeros([1, encoder.dim()], (Kind::Float, device));
    let own = encoder.classify(&one);
    let all = |own: &Classification| names.iter().all(|name| own.classes.contains(name));
    !own.is_empty() && own.iter().all(all)
}

/// The encoder's own answers; of several the best on valid.
fn untaught(
    question: &ProbeQuestion<'_>,
    encoder: &dyn Encoder,
    valid: &Examples,
    tests: &[Embedded],
) -> Result<(Choice, Vec<Vec<f64>>)> {
    let by = |at: usize| -> Result<Vec<Vec<f64>>> {
        let scores = |test: &Embedded| {
            columns(&encoder.classify(&test.means().rows).swap_remove(at), question.names)
        };
        tests.iter().map(scores).collect()
    };
    let (tried, mut best) = (encoder.classify(&valid.embedded.means().rows), None);
    if let [only] = tried.as_slice() {
        return Ok((question.unchosen(&only.name), by(0)?));
    }
    for (at, known) in tried.iter().enumerate() {
        let names = question.names.to_vec();
        let scores = columns(known, question.names)?;
        let predictions = Predictions::new(names, scores, valid.truth.clone())?;
        let Some(value) = question.metric.score(&predictions)?.value else { continue };
        if best.is_none_or(|(_, most)| question.metric.gain(value, most) > 0.0) {
            best = Some((at, value));
        }
    }
    let (at, value) = best.ok_or_else(|| question.undefined())?;
    let choice = question.chosen(&tried[at].name, tried.len(), value);
    Ok((choice, by(at)?))
}

/// The scores of these classes, row by row.
fn columns(known: &Classification, names: &[String]) -> Result<Vec<f64>> {
    let place = |name: &String| known.classes.iter().position(|class| class == name);
    let columns: Vec<i64> = names.iter().filter_map(place).map(|i| i as i64).collect();
    let columns = Tensor::from_slice(&columns).to_device(known.scores.device());
    let scores = known.scores.index_select(1, &columns).to_kind(Kind::Double);
    Ok(Vec::<f64>::try_from(&scores.to_device(Device::Cpu).reshape([-1]))?)
}

impl ProbeQuestion<'_> {
    /// The train items whose labels may be seen, where not all may.
    fn labelled(&self, train: &Examples) -> Option<Examples> {
        let (part, outputs) = (self.probe.part(), self.names.len());
        let some = || train.pick(&part.of(&train.truth, outputs, self.seed), outputs);
        part.is_part().then(some)
    }

    /// The best on valid of all that is tried on one of the readouts.
    fn attempt(
        &self,
        (readout, among): (&Readout, usize),
        (train, valid): (&Examples, &Examples),
        tests: &[Embedded],
    ) -> Result<Tried> {
        let (train, valid) = (&train.columns(&readout.columns), &valid.columns(&readout.columns));
        let tests: Vec<Embedded> =
            tests.iter().map(|test| test.columns(&readout.columns)).collect();
        match self.probe {
            Probe::Grid(grid) => {
                let fitted = fit(grid, self.names, (train, valid), self.metric, self.seed)?;
                let (probe, steps, value) = (fitted.point.clone(), fitted.steps, fitted.value);
                let choice = self.chosen(readout.name, among, value);
                let (protocol, pool) = (grid.name(), fitted.pool);
                let choice = Choice { protocol, probe: Some(probe), pool, steps, ..choice };
                let scores =
                    tests.iter().map(|test| fitted.predict(test)).collect::<Result<_>>()?;
                Ok(Tried { choice, value, scores })
            }
            Probe::Neighbours(neighbours) => {
                let voters = poll(neighbours, self.names, (train, valid), self.metric)?;
                let (vote, value) = (voters.vote.clone(), voters.value);
                let choice = self.chosen(readout.name, among, value);
                let choice = Choice { vote: Some(vote), ..choice };
                let scores =
                    tests.iter().map(|test| voters.predict(test)).collect::<Result<_>>()?;
                Ok(Tried { choice, value, scores })
            }
        }
    }

    fn unchosen(&self, readout: &str) -> Choice {
        Choice { readout: readout.into(), ..Choice::unmade(self.metric.name()) }
    }

    fn chosen(&self, readout: &str, among: usize, value: f64) -> Choice {
        Choice { among, on: "valid".into(), value: Some(value), ..self.unchosen(readout) }
    }

    fn undefined(&self) -> Error {
        Error::Failed(format!(
            "{} is undefined on valid, so nothing can be chosen",
            self.metric.name()
        ))
    }
}
