//! A method of somebody else's: a linear autoencoder of a clip's mean log-mel spectrum.

use bench::audio::MelSpec;
use bench::{
    Batch, Card, Context, Encoder, Input, Loss, Method, Placement, Plugin, Progress, Result, Rng,
    Sampling, Supervision,
};
use serde::{Deserialize, Serialize};
use tch::nn::{self, Module};
use tch::{Kind, Reduction, Tensor};

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] = &[("small", include_str!("linear.yaml"))];

/// Settings of the encoder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Length of an embedding.
    dim: i64,
}

/// Encoder and decoder.
#[derive(Debug)]
pub struct Linear {
    encoder: nn::Linear,
    decoder: nn::Linear,
    dim: i64,
}

fn spectrum(clips: &Tensor) -> Tensor {
    clips.log1p().mean_dim(-2, false, Kind::Float)
}

impl Plugin for Linear {
    const CARD: Card = Card {
        title: "a linear autoencoder of the mean log-mel spectrum",
        paper: None,
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: include_str!("linear.md"),
    };
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<Linear> {
        let bands = MelSpec::default().n_mels as i64;
        let encoder = nn::linear(cx.vars.sub("encoder"), bands, config.dim, Default::default());
        let decoder = nn::linear(cx.vars.sub("decoder"), config.dim, bands, Default::default());
        Ok(Linear { encoder, decoder, dim: config.dim })
    }
}

impl Encoder for Linear {
    fn input(&self) -> Input {
        Input::Mel { spec: MelSpec::default(), frames: 96 }
    }

    fn dim(&self) -> i64 {
        self.dim
    }

    fn forward(&self, clips: &Tensor, _train: bool) -> Result<Tensor> {
        Ok(self.encoder.forward(&spectrum(clips)))
    }
}

impl Method for Linear {
    fn sampling(&self) -> Sampling {
        Sampling { clips: 1, length: 96, placement: Placement::Independent }
    }

    fn views(&self, batch: &Batch, _rng: &mut Rng) -> Result<Vec<Tensor>> {
        Ok(vec![spectrum(&batch.clips).squeeze_dim(1)])
    }

    fn loss(&mut self, views: &[Tensor], _batch: &Batch, _progress: Progress) -> Result<Loss> {
        let again = self.decoder.forward(&self.encoder.forward(&views[0]));
        Ok(again.mse_loss(&views[0], Reduction::Mean).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_contract() {
        let entry = bench::Entry::method::<Linear>("linear", CONFIGS);
        assert_eq!(
            bench::conformance::check(&entry, "small").expect("it runs"),
            Vec::<String>::new()
        );
    }
}
