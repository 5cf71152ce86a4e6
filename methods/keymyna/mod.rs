//! KeyMyna: wide shallow heads over a frozen Myna that hears longer windows, trained on sound that
//! is shifted in pitch together with its key.

mod head;
mod rotate;

use bench::audio::{DeviceMel, MelSpec};
use bench::model::classifier::cross_entropy;
use bench::model::weights::{Names, frozen};
use bench::model::{MelVit, VitConfig};
use bench::{
    Batch, Card, Classification, Context, Encoder, Error, Input, Loss, Method, Placement, Plugin,
    Progress, Readout, Result, Rng, Sampling, Shown, Supervision,
};
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor, no_grad};

use head::{Head, HeadConfig};
pub use rotate::Rotation;

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] =
    &[("paper", include_str!("paper.yaml")), ("small", include_str!("small.yaml"))];

/// Settings of the frozen network and of the heads.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The frozen network.
    backbone: Backbone,
    /// The heads that are trained side by side; one is chosen on valid.
    heads: Vec<HeadConfig>,
    /// Semitones by which a clip is shifted at most, up or down.
    shift: u8,
}

/// Settings of the frozen network.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backbone {
    /// Length of a window in samples.
    samples: usize,
    /// Patch size as `[mels, frames]`.
    patch: [i64; 2],
    /// The transformer.
    encoder: VitConfig,
    /// Whether it sees log(1 + power) rather than power.
    log: bool,
    /// How the spectrogram is made.
    #[serde(default)]
    mel: MelSpec,
    /// How its weights are called in the file.
    #[serde(default)]
    names: Names,
}

/// Frozen network and heads.
#[derive(Debug)]
pub struct KeyMyna {
    mel: DeviceMel,
    network: MelVit,
    frames: i64,
    heads: Vec<Head>,
    classes: Vec<String>,
    rotation: Rotation,
    config: Config,
}

impl Plugin for KeyMyna {
    const CARD: Card = Card {
        title: "KeyMyna: wide heads for musical keys over a frozen Myna",
        paper: Some("https://arxiv.org/abs/2604.10021"),
        version: 1,
        supervision: Supervision::Full,
        file: Some("the weights of a Myna with vertical patches in a safetensors file"),
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<KeyMyna> {
        let Backbone { samples, patch, encoder, log, mel, names } = &config.backbone;
        let device_mel = DeviceMel::new(mel)?;
        config.heads.iter().try_for_each(HeadConfig::check)?;
        if config.heads.is_empty() || patch[1] < 1 {
            return Err(Error::settings("method", "at least one head and one frame are needed"));
        }
        let frames = mel.frames(*samples) as i64 / patch[1] * patch[1];
        let image = [mel.n_mels as i64, frames];
        let weights = cx.file.map(|file| names.read(file)).transpose()?;
        let network = frozen(&cx.state.sub("backbone"), weights.as_ref(), |path| {
            MelVit::new(path, encoder, image, &[*patch], *log)
        })?;
        let classes = cx.classes.names.to_vec();
        let path = cx.vars.sub("heads");
        let head = |(i, head)| Head::new(&path.sub(i), head, encoder.dim, classes.len() as i64);
        Ok(KeyMyna {
            mel: device_mel,
            network,
            frames,
            heads: config.heads.iter().enumerate().map(head).collect(),
            rotation: Rotation::new(config.shift, mel.sample_rate, &classes)?,
            classes,
            config,
        })
    }
}

impl KeyMyna {
    /// `[batch, samples]` → `[batch, dim of the network]`
    fn embed(&self, clips: &Tensor) -> Result<Tensor> {
        let power = self.mel.power(clips)?.narrow(1, 0, self.frames);
        Ok(self.network.embed(0, &power, None))
    }

    /// Windows, `[batch, samples]`, shifted by so many semitones each.
    fn shifted(&self, batch: &Batch, rng: &mut Rng) -> (Tensor, Vec<i32>) {
        let semitones = self.rotation.draw(batch.items.size()[0] as usize, rng);
        (self.rotation.sound(&batch.clips.select(1, 0), &semitones), semitones)
    }
}

impl Encoder for KeyMyna {
    fn input(&self) -> Input {
        let Backbone { samples, mel, .. } = &self.config.backbone;
        Input::Waveform { rate: mel.sample_rate, samples: *samples }
    }

    fn dim(&self) -> i64 {
        self.network.dim() + (self.heads.len() * self.classes.len()) as i64
    }

    /// What the frozen network says, then each head's outputs: a track's are the mean over windows.
    fn forward(&self, clips: &Tensor, _train: bool) -> Result<Tensor> {
        let mut parts = vec![self.embed(clips)?];
        parts.extend(
            self.heads.iter().map(|head| head.forward(&parts[0], false)).collect::<Vec<_>>(),
        );
        Ok(Tensor::cat(&parts, 1))
    }

    fn readouts(&self) -> Vec<Readout> {
        self.network.readouts()
    }

    fn classify(&self, embeddings: &Tensor) -> Vec<Classification> {
        let (dim, count) = (self.network.dim(), self.classes.len() as i64);
        let own = |(head, first): (&Head, i64)| Classification {
            name: head.name(),
            classes: self.classes.clone(),
            scores: embeddings.narrow(1, dim + first * count, count),
        };
        self.heads.iter().zip(0..).map(own).collect()
    }
}

impl Method for KeyMyna {
    fn sampling(&self) -> Sampling {
        Sampling { clips: 1, length: self.input().length(), placement: Placement::Independent }
    }

    /// The shifted windows and the keys they are then in.
    fn views(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Tensor>> {
        let none = || Error::Invalid("the heads need labels".into());
        let labels = batch.labels.as_ref().ok_or_else(none)?;
        let (sound, semitones) = self.shifted(batch, rng);
        Ok(vec![sound, self.rotation.labels(labels, &semitones)])
    }

    /// The shifted windows.
    fn show(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Shown>> {
        Ok(Shown::clips(&self.input().front(), &[self.shifted(batch, rng).0]))
    }

    fn loss(&mut self, views: &[Tensor], _batch: &Batch, _progress: Progress) -> Result<Loss> {
        let embeddings = no_grad(|| self.embed(&views[0]))?;
        let loss = |head: &Head| cross_entropy(&head.forward(&embeddings, true), &views[1]);
        let losses: Vec<Tensor> = self.heads.iter().map(loss).collect();
        Ok(Tensor::stack(&losses, 0).sum(Kind::Float).into())
    }
}
