//! One task answered from embeddings: nothing fitted where the encoder knows the classes or hears
//! nothing, else the best probe of every readout.

use tch::{Device, Kind, Tensor};

use super::{Choice, Embedded, Examples, Grid, fit, labelled, prior};
use crate::error::{Error, Result};
use crate::eval::metric::{Metric, Predictions};
use crate::method::{Classification, Encoder};
use crate::seed::Seed;

/// What is asked, and how a probe is chosen.
pub struct Question<'a> {
    /// The classes, tags or outputs.
    pub names: &'a [String],
    /// The probes tried.
    pub grid: &'a Grid,
    /// What decides on valid.
    pub metric: &'a dyn Metric,
    /// For initialisation and the order of items.
    pub seed: Seed,
}

/// The choice made on train and valid, and with it the scores of the test items, `[items, outputs]`
/// row by row.
///
/// # Errors
/// When nothing that is tried has a defined value on valid.
pub fn answer(
    question: &Question<'_>,
    encoder: &dyn Encoder,
    (train, valid): (&Examples, &Examples),
    test: &Embedded,
) -> Result<(Choice, Vec<f64>)> {
    let some = question.labelled(train);
    let train = some.as_ref().unwrap_or(train);
    if encoder.dim() == 0 {
        let scores = prior(&train.truth, question.names.len(), test.items());
        return Ok((question.unchosen("prior"), scores));
    }
    if knows(encoder, question.names, test.rows.device()) {
        return untaught(question, encoder, valid, &test.means().rows);
    }
    let readouts = encoder.readouts();
    let among = readouts.len() * question.grid.points().len();
    let mut best: Option<(Choice, f64, Vec<f64>)> = None;
    for readout in &readouts {
        let part = |examples: &Examples| Examples {
            embedded: examples.embedded.columns(&readout.columns),
            truth: examples.truth.clone(),
        };
        let fitted = fit(
            question.grid,
            question.names,
            (&part(train), &part(valid)),
            question.metric,
            question.seed,
        )?;
        let wins = |(_, most, _): &(Choice, f64, Vec<f64>)| {
            question.metric.gain(fitted.value, *most) > 0.0
        };
        if best.as_ref().is_none_or(wins) {
            let probe = Some(fitted.point.clone());
            let choice = question.chosen(readout.name, among, fitted.value);
            let choice = Choice { probe, pool: fitted.pool, steps: fitted.steps, ..choice };
            let scores = fitted.predict(&test.columns(&readout.columns))?;
            best = Some((choice, fitted.value, scores));
        }
    }
    best.map(|(choice, _, scores)| (choice, scores)).ok_or_else(|| question.undefined())
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
    question: &Question<'_>,
    encoder: &dyn Encoder,
    valid: &Examples,
    test: &Tensor,
) -> Result<(Choice, Vec<f64>)> {
    let mut own = encoder.classify(test);
    if let [only] = own.as_slice() {
        return Ok((question.unchosen(&only.name), columns(only, question.names)?));
    }
    let (tried, mut best) = (encoder.classify(&valid.embedded.means().rows), None);
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
    let chosen = own.swap_remove(at);
    let choice = question.chosen(&chosen.name, tried.len(), value);
    Ok((choice, columns(&chosen, question.names)?))
}

/// The scores of these classes, row by row.
fn columns(known: &Classification, names: &[String]) -> Result<Vec<f64>> {
    let place = |name: &String| known.classes.iter().position(|class| class == name);
    let columns: Vec<i64> = names.iter().filter_map(place).map(|i| i as i64).collect();
    let columns = Tensor::from_slice(&columns).to_device(known.scores.device());
    let scores = known.scores.index_select(1, &columns).to_kind(Kind::Double);
    Ok(Vec::<f64>::try_from(&scores.to_device(Device::Cpu).reshape([-1]))?)
}

impl Question<'_> {
    /// The train items whose labels may be seen, where not all may.
    fn labelled(&self, train: &Examples) -> Option<Examples> {
        let (share, outputs) = (self.grid.fraction, self.names.len());
        let some = || train.pick(&labelled(&train.truth, outputs, share, self.seed), outputs);
        (share < 1.0).then(some)
    }

    fn unchosen(&self, readout: &str) -> Choice {
        Choice {
            protocol: None,
            readout: readout.into(),
            probe: None,
            pool: None,
            among: 1,
            on: "none".into(),
            metric: self.metric.name().into(),
            value: None,
            steps: 0,
        }
    }

    fn chosen(&self, readout: &str, among: usize, value: f64) -> Choice {
        let protocol = self.grid.name();
        Choice { protocol, among, on: "valid".into(), value: Some(value), ..self.unchosen(readout) }
    }

    fn undefined(&self) -> Error {
        Error::Failed(format!(
            "{} is undefined on valid, so nothing can be chosen",
            self.metric.name()
        ))
    }
}
