//! MAE: the hidden patches of a spectrogram should be told from the few visible ones.

mod decoder;
mod loss;

use bench::audio::MelSpec;
use bench::model::{MelVit, VitConfig, mask};
use bench::tensors::send;
use bench::{
    Batch, Card, Context, Encoder, Error, Input, Loss, Method, Placement, Plugin, Progress, Result,
    Rng, Sampling, Shown, Supervision,
};
use serde::{Deserialize, Serialize};
use tch::Tensor;

pub use decoder::{Decoder, Positions};
pub use loss::{reconstruction, scale, target};

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] = &[
    ("paper", include_str!("paper.yaml")),
    ("reference", include_str!("reference.yaml")),
    ("small", include_str!("small.yaml")),
];

/// Settings of front end, encoder, decoder and target.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Patch size as `[mels, frames]`.
    patch: [i64; 2],
    /// Clip length in frames.
    frames: i64,
    /// The transformer that is kept.
    encoder: VitConfig,
    /// The transformer that is thrown away after pre-training.
    decoder: VitConfig,
    /// Which of the decoder's tokens are told where they stand.
    positions: Positions,
    /// Part of the patches that is hidden, 0 to 1.
    mask: f64,
    /// Whether the target is normalised patch by patch.
    normalise: bool,
    /// Whether the encoder sees log(1 + power) rather than power.
    log: bool,
    /// How the spectrogram is made.
    #[serde(default)]
    mel: MelSpec,
}

/// Encoder and decoder.
#[derive(Debug)]
pub struct Mae {
    encoder: MelVit,
    decoder: Decoder,
    config: Config,
}

impl Plugin for Mae {
    const CARD: Card = Card {
        title: "MAE: a ViT trained to reconstruct hidden patches of a spectrogram",
        paper: Some("https://arxiv.org/abs/2111.06377"),
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<Mae> {
        config.check()?;
        let image = [config.mel.n_mels as i64, config.frames];
        let patches = [config.patch];
        let encoder = MelVit::new(&cx.vars, &config.encoder, image, &patches, config.log)?;
        let tokeniser = &encoder.tokenisers()[0];
        let hidden = config.mask * tokeniser.tokens() as f64;
        if !(1.0..tokeniser.tokens() as f64).contains(&hidden) {
            let message =
                format!("mask must hide 1 to all but 1 of {} patches", tokeniser.tokens());
            return Err(Error::settings("method", message));
        }
        let (width, positions) = (config.encoder.dim, config.positions);
        let decoder = Decoder::new(&cx.vars, width, tokeniser, &config.decoder, positions)?;
        Ok(Mae { encoder, decoder, config })
    }
}

impl Config {
    fn check(&self) -> Result<()> {
        self.mel.check()?;
        if self.normalise && self.patch == [1, 1] {
            return Err(Error::settings("method", "a patch of one pixel cannot be normalised"));
        }
        Ok(())
    }
}

impl Mae {
    /// What the decoder says of all patches, `[batch, tokens, pixels]`.
    fn predict(&self, clips: &Tensor, keep: &Tensor) -> Tensor {
        self.decoder.forward(&self.encoder.encode(0, clips, Some(keep)), keep)
    }
}

impl Encoder for Mae {
    fn input(&self) -> Input {
        Input::Mel { spec: self.config.mel, frames: self.config.frames as usize }
    }

    fn dim(&self) -> i64 {
        self.encoder.dim()
    }

    fn forward(&self, clips: &Tensor, _train: bool) -> Result<Tensor> {
        Ok(self.encoder.embed(0, clips, None))
    }
}

impl Method for Mae {
    fn sampling(&self) -> Sampling {
        Sampling { clips: 1, length: self.input().length(), placement: Placement::Independent }
    }

    /// The clips, then the patches kept of each.
    fn views(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Tensor>> {
        let clips = batch.clips.select(1, 0);
        let tokens = self.encoder.tokenisers()[0].tokens();
        let keep = mask::keep([clips.size()[0], tokens], self.config.mask, rng)?;
        let keep = send(&keep, clips.device());
        Ok(vec![clips, keep])
    }

    fn loss(&mut self, views: &[Tensor], _batch: &Batch, _progress: Progress) -> Result<Loss> {
        let (clips, keep) = (&views[0], &views[1]);
        let tokeniser = &self.encoder.tokenisers()[0];
        let predicted = self.predict(clips, keep);
        let target = target(&tokeniser.patches(clips, None), self.config.normalise);
        let hidden = mask::hidden(keep, tokeniser.tokens());
        Ok(reconstruction(&predicted, &target, &hidden).into())
    }

    /// The clip, what is visible of it, and the decoder's guess in place of what is hidden, where a
    /// normalised patch gets its own mean and deviation back.
    fn show(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Shown>> {
        let views = self.views(batch, rng)?;
        let (clips, keep) = (&views[0], &views[1]);
        let tokeniser = &self.encoder.tokenisers()[0];
        let power = tokeniser.patches(clips, None);
        let (mean, deviation) = scale(&power.log1p(), self.config.normalise);
        let guess = (self.predict(clips, keep) * deviation + mean).expm1();
        let hidden = mask::hidden(keep, tokeniser.tokens()).unsqueeze(2);
        let guess = tokeniser.image(&guess.where_self(&hidden, &power));
        let panels = vec![clips.shallow_clone(), tokeniser.blank(clips, keep), guess];
        Ok(vec![Shown::picture("reconstruction", panels)])
    }
}
