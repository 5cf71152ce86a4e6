//! Embeddings that somebody computed elsewhere, known by the ids of their items.

mod npy;
mod table;

use bench::{Card, Context, Encoder, Error, Input, Plugin, Result, Supervision};
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use table::Table;

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] = &[("default", include_str!("config.yaml"))];

/// It has no settings.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

/// Known embeddings; without a file there are none.
#[derive(Debug)]
pub struct Embeddings(Option<Table>);

impl Plugin for Embeddings {
    const CARD: Card = Card {
        title: "embeddings computed elsewhere",
        paper: None,
        version: 1,
        supervision: Supervision::None,
        file: Some("embeddings by id in a safetensors or .npz file"),
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(_config: Config, cx: &Context<'_>) -> Result<Embeddings> {
        Ok(Embeddings(cx.file.map(Table::parse).transpose()?))
    }
}

impl Encoder for Embeddings {
    /// Anything: no sound is ever asked for.
    fn input(&self) -> Input {
        Input::Waveform { rate: 16_000, samples: 16_000 }
    }

    fn dim(&self) -> i64 {
        self.0.as_ref().map_or(0, Table::dim)
    }

    fn forward(&self, clips: &Tensor, _train: bool) -> Result<Tensor> {
        match &self.0 {
            None => Ok(Tensor::zeros([clips.size()[0], 0], (Kind::Float, clips.device()))),
            Some(_) => Err(Error::Invalid(
                "embeddings are known by id alone; there is no network that hears clips".into(),
            )),
        }
    }

    fn recall(&self, corpus: &str, ids: &[&str]) -> Result<Option<Tensor>> {
        self.0.as_ref().map(|table| table.rows(corpus, ids)).transpose()
    }
}
