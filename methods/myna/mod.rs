//! Myna: few visible patches of two crops of one recording should be told from all others.

mod loss;
mod objective;

use bench::audio::MelSpec;
use bench::model::head::check_widths;
use bench::model::{MelVit, Projector, VitConfig, mask};
use bench::tensors::send;
use bench::{
    Batch, Card, Context, Divisible, Encoder, Error, Input, Loss, Method, Placement, Plugin,
    Progress, Readout, Result, Rng, Sampling, Shown, Supervision,
};
use serde::{Deserialize, Serialize};
use tch::Tensor;

pub use loss::{global_contrastive, infonce};
use objective::Objective;
pub use objective::ObjectiveConfig;

/// Settings of the variant with square patches, by name.
pub const SQUARE: &[(&str, &str)] =
    &[("paper", include_str!("square_paper.yaml")), ("small", include_str!("square_small.yaml"))];
/// Settings of the variant with patches of all mels, by name.
pub const VERTICAL: &[(&str, &str)] = &[
    ("paper", include_str!("vertical_paper.yaml")),
    ("small", include_str!("vertical_small.yaml")),
];
/// Settings of the variant with both, by name.
pub const HYBRID: &[(&str, &str)] =
    &[("paper", include_str!("hybrid_paper.yaml")), ("small", include_str!("hybrid_small.yaml"))];

/// Settings of front end, encoder and objective.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Patch sizes as `[mels, frames]`: one, or two for the hybrid.
    patches: Vec<[i64; 2]>,
    /// Clip length in frames.
    frames: i64,
    encoder: VitConfig,
    /// Output widths of the projector's layers.
    projector: Vec<i64>,
    /// Part of the patches that is hidden, 0 to 1.
    mask: f64,
    loss: ObjectiveConfig,
    /// Whether the encoder sees log(1 + power) rather than power.
    log: bool,
    /// How the spectrogram is made.
    #[serde(default)]
    mel: MelSpec,
}

/// Encoder, projector and objective.
#[derive(Debug)]
pub struct Myna {
    encoder: MelVit,
    projector: Projector,
    objective: Objective,
    config: Config,
}

impl Plugin for Myna {
    const CARD: Card = Card {
        title: "Myna: a ViT trained to match masked crops of one recording",
        paper: Some("https://arxiv.org/abs/2502.12511"),
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<Myna> {
        config.check()?;
        check_widths("projector", &config.projector)?;
        let image = [config.mel.n_mels as i64, config.frames];
        let Config { encoder, patches, log, .. } = &config;
        Ok(Myna {
            encoder: MelVit::new(&cx.vars, encoder, image, patches, *log)?,
            projector: Projector::new(
                &cx.vars.sub("linear_head"),
                config.encoder.dim,
                &config.projector,
                true,
            ),
            objective: Objective::new(&config.loss, cx)?,
            config,
        })
    }
}

impl Config {
    fn check(&self) -> Result<()> {
        self.mel.check()?;
        let shapes: Vec<&str> = (0..self.patches.len()).map(|path| self.shape(path)).collect();
        let message = match shapes.as_slice() {
            [_] | ["square", "vertical"] if (0.0..1.0).contains(&self.mask) => return Ok(()),
            [_] | ["square", "vertical"] => "mask must lie in [0, 1)",
            _ => "patches: one size, or a square one and then one of all mels",
        };
        Err(Error::settings("method", message))
    }

    fn shape(&self, path: usize) -> &'static str {
        match self.patches[path] {
            [mels, _] if mels == self.mel.n_mels as i64 => "vertical",
            _ => "square",
        }
    }
}

impl Encoder for Myna {
    fn input(&self) -> Input {
        Input::Mel { spec: self.config.mel, frames: self.config.frames as usize }
    }

    fn dim(&self) -> i64 {
        self.encoder.dim()
    }

    fn forward(&self, clips: &Tensor, _train: bool) -> Result<Tensor> {
        Ok(self.encoder.forward(clips))
    }

    fn readouts(&self) -> Vec<Readout> {
        self.encoder.readouts()
    }
}

impl Method for Myna {
    fn sampling(&self) -> Sampling {
        Sampling { clips: 2, length: self.input().length(), placement: Placement::Independent }
    }

    /// The two crops, then for each tokeniser the patches kept of one and of the other.
    fn views(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Tensor>> {
        let mut views = vec![batch.clips.select(1, 0), batch.clips.select(1, 1)];
        for tokeniser in self.encoder.tokenisers() {
            for _ in 0..2 {
                let rows = batch.clips.size()[0];
                let keep = mask::keep([rows, tokeniser.tokens()], self.config.mask, rng)?;
                views.push(send(&keep, batch.clips.device()));
            }
        }
        Ok(views)
    }

    fn loss(&mut self, views: &[Tensor], batch: &Batch, progress: Progress) -> Result<Loss> {
        let projections = self.project(views)?;
        self.score(&projections, batch, progress)
    }

    fn divide(&mut self) -> Option<&mut dyn Divisible> {
        Some(self)
    }

    /// For each tokeniser the two crops with their hidden patches blanked.
    fn show(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Shown>> {
        let views = self.views(batch, rng)?;
        let (crops, keeps) = views.split_at(2);
        let show = |(path, keep): (usize, &[Tensor])| {
            let tokeniser = &self.encoder.tokenisers()[path];
            let blank = crops.iter().zip(keep).map(|(crop, keep)| tokeniser.blank(crop, keep));
            Shown::picture(self.config.shape(path), blank.collect())
        };
        Ok(keeps.chunks(2).enumerate().map(show).collect())
    }
}

impl Divisible for Myna {
    /// For each tokeniser the projections of one crop and of the other.
    fn project(&self, views: &[Tensor]) -> Result<Vec<Tensor>> {
        let (crops, keeps) = views.split_at(2);
        let project = |(place, keep): (usize, &Tensor)| {
            let embedding = self.encoder.embed(place / 2, &crops[place % 2], Some(keep));
            self.projector.forward(&embedding)
        };
        Ok(keeps.iter().enumerate().map(project).collect())
    }

    fn score(&mut self, projections: &[Tensor], batch: &Batch, progress: Progress) -> Result<Loss> {
        let mut terms = Vec::new();
        for (path, pair) in projections.chunks(2).enumerate() {
            let term = self.objective.score(&pair[0], &pair[1], batch, progress)?;
            terms.push((self.config.shape(path), term));
        }
        let total = Tensor::stack(&terms.iter().map(|(_, term)| term).collect::<Vec<_>>(), 0);
        Ok(Loss { total: total.mean(tch::Kind::Float), terms })
    }
}
