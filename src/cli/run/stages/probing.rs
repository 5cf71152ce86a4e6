//! The stage that answers a task from embeddings by a probe.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Answer, Bench, Chance, Drawn, TaskEmbeddings};
use crate::cli::run::plan::PlannedTask;
use crate::data::label_hash;
use crate::error::{Error, Result};
use crate::eval::metric::{self, Predictions};
use crate::eval::probe::{self, Choice, Examples, Probe, Sealed};
use crate::eval::retrieve;
use crate::eval::suite::Protocol;
use crate::method::Encoder;
use crate::{device, files, settings};

/// What a probe stage leaves.
#[derive(Serialize, Deserialize)]
struct Probed {
    /// What was chosen.
    choice: Choice,
    /// Scores of the test items, `[items, outputs]` row by row.
    scores: Vec<f64>,
    /// The same through each corruption.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    heard: Vec<Vec<f64>>,
}

impl Bench<'_> {
    /// The name of the stage that answers a task from embeddings, clean and corrupted, and the file
    /// it leaves.
    ///
    /// # Errors
    /// When the split cannot be hashed.
    pub fn probe_stage(
        &self,
        PlannedTask { task, split, .. }: &PlannedTask,
        (embedded, corrupted): (&str, &[String]),
        chance: Chance,
    ) -> Result<(String, PathBuf)> {
        let protocol = task.protocol()?;
        let items = self.plan.corpora[&task.corpus].items();
        let labels: Vec<String> =
            task.targets.iter().map(|target| label_hash(items, target)).collect();
        let (stage, version) = match protocol {
            Protocol::Probe(_) | Protocol::Finetune(_) => ("probe", probe::VERSION),
            Protocol::Retrieval(_) => ("retrieval", retrieve::VERSION),
        };
        let stage = [stage.into(), version.to_string(), device::kind(self.device).to_string()];
        let question = (&task.targets, task.kind, protocol, &task.metrics[0]);
        let clean = (stage, embedded, question, split.hash(items)?, labels, chance.seed);
        let clean = chance.name(settings::hash(&clean)?)?;
        let name = if corrupted.is_empty() { clean } else { settings::hash(&(clean, corrupted))? };
        let done = self.store.join("probe").join(&name).join("probed.json");
        Ok((name, done))
    }

    /// The answers of one draw to a task: of its test items as they are, then through each
    /// corruption, all by the same probe.
    ///
    /// # Errors
    /// When no probe can be fitted or chosen.
    pub fn probe(
        &self,
        (planned, probe): (&PlannedTask, Probe<'_>),
        encoder: &dyn Encoder,
        embeddings: &TaskEmbeddings,
        chance: Chance,
    ) -> Result<Answer> {
        let PlannedTask { split, answers, corrupted, .. } = planned;
        let embedded = (embeddings.stage.as_str(), embeddings.corrupted_stages.as_slice());
        let (stage, done) = self.probe_stage(planned, embedded, chance)?;
        let folder = self.store.join("probe").join(&stage);
        let _lock = files::lock(&self.store.join("probe").join(format!(".{stage}.lock")))?;
        let test = Sealed::new(answers.truth(&split.test));
        if !done.exists() {
            std::fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
            let probed = self.probed((planned, probe), encoder, embeddings, chance)?;
            files::write_json(&done, &probed)?;
        }
        let probed: Probed = files::read_json(&done)?;
        let proof = probed.choice.record(&folder.join("choice.yaml"))?;
        let (truth, names) = (test.open(&proof), &answers.names);
        let of = |scores, truth| Predictions::new(names.clone(), scores, truth);
        let clean = of(probed.scores, truth.clone());
        let corrupted = corrupted.iter().zip(probed.heard);
        let corrupted = corrupted.map(|(test, scores)| of(scores, test.corruption.expected(truth)));
        let predictions = std::iter::once(clean).chain(corrupted).collect::<Result<_>>()?;
        Ok((Drawn { stage, choice: probed.choice }, predictions))
    }

    /// Fits on train, chooses on valid, and scores the test items.
    fn probed(
        &self,
        (PlannedTask { task, split, answers, .. }, probe): (&PlannedTask, Probe<'_>),
        encoder: &dyn Encoder,
        embeddings: &TaskEmbeddings,
        chance: Chance,
    ) -> Result<Probed> {
        let (clean, device) = (&embeddings.clean, self.device);
        let examples = |items: &[usize]| Examples {
            embedded: clean.pick(items, device),
            truth: answers.truth(items),
        };
        let question = probe::ProbeQuestion {
            names: &answers.names,
            probe,
            metric: metric::by_name(&task.metrics[0])?,
            seed: chance.seed(),
        };
        let (train, valid) = (examples(&split.train), examples(&split.valid));
        let mut tests = vec![clean.pick(&split.test, device)];
        tests.extend(embeddings.corrupted.iter().map(|corrupted| corrupted.on(device)));
        let (choice, mut scores) = probe::answer(&question, encoder, (&train, &valid), &tests)?;
        let heard = scores.split_off(1);
        Ok(Probed { choice, scores: scores.concat(), heard })
    }
}
