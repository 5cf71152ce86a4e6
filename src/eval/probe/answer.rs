//! One task answered from embeddings: nothing fitted where the encoder knows the classes or hears
//! nothing, else the best probe of every readout.

use tch::{Device, Kind, Tensor};

use super::{Choice, Examples, Grid, fit, prior};
use crate::error::Result;
use crate::eval::metric::Metric;
use crate::method::Encoder;
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
/// When no probe has a defined value on valid.
pub fn answer(
    question: &Question<'_>,
    encoder: &dyn Encoder,
    (train, valid): (&Examples, &Examples),
    test: &Tensor,
) -> Result<(Choice, Vec<f64>)> {
    let metric = question.metric.name().to_string();
    let nothing_chosen = |readout: &str| Choice {
        readout: readout.into(),
        probe: None,
        among: 1,
        on: "none".into(),
        metric: metric.clone(),
        value: None,
        steps: 0,
    };
    if encoder.dim() == 0 {
        let scores = prior(&train.truth, question.names.len(), test.size()[0] as usize);
        return Ok((nothing_chosen("prior"), scores));
    }
    if let Some(scores) = untaught(question.names, encoder, test)? {
        return Ok((nothing_chosen("own classes"), scores));
    }
    let readouts = encoder.readouts();
    let among = readouts.len() * question.grid.points().len();
    let sign = if question.metric.higher_is_better() { 1.0 } else { -1.0 };
    let mut best = None;
    for readout in &readouts {
        let read = |embeddings: &Tensor| {
            embeddings.narrow(1, readout.columns.start, readout.columns.end - readout.columns.start)
        };
        let part = |examples: &Examples| Examples {
            embeddings: read(&examples.embeddings),
            truth: examples.truth.clone(),
        };
        let fitted = fit(
            question.grid,
            question.names,
            (&part(train), &part(valid)),
            question.metric,
            question.seed,
        )?;
        let value = sign * fitted.value;
        if best.as_ref().is_none_or(|(most, _, _)| value > *most) {
            let choice = Choice {
                readout: readout.name.into(),
                probe: Some(fitted.point.clone()),
                among,
                on: "valid".into(),
                metric: metric.clone(),
                value: Some(fitted.value),
                steps: fitted.steps,
            };
            best = Some((value, choice, fitted.predict(&read(test))?));
        }
    }
    let (_, choice, scores) = best.expect("an encoder has at least one readout");
    Ok((choice, scores))
}

/// Whether `encoder` tells these classes apart without a probe.
pub fn knows(encoder: &dyn Encoder, names: &[String]) -> bool {
    let one = Tensor::zeros([1, encoder.dim()], (Kind::Float, Device::Cpu));
    encoder.classify(&one).is_some_and(|(known, _)| names.iter().all(|name| known.contains(name)))
}

fn untaught(names: &[String], encoder: &dyn Encoder, test: &Tensor) -> Result<Option<Vec<f64>>> {
    let Some((known, scores)) = encoder.classify(test).filter(|_| knows(encoder, names)) else {
        return Ok(None);
    };
    let columns: Vec<i64> = names
        .iter()
        .filter_map(|name| known.iter().position(|k| k == name))
        .map(|i| i as i64)
        .collect();
    let columns = Tensor::from_slice(&columns).to_device(scores.device());
    let flat =
        scores.index_select(1, &columns).to_kind(Kind::Double).to_device(Device::Cpu).reshape([-1]);
    Ok(Some(Vec::<f64>::try_from(&flat)?))
}
