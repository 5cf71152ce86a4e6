//! SampleCNN over raw samples.

use bench::model::{SampleCnnAt, SampleCnnSettings};
use bench::{Card, Context, Encoder, Input, Plugin, Result};
use tch::Tensor;

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] =
    &[("paper", include_str!("paper.yaml")), ("small", include_str!("small.yaml"))];

/// SampleCNN: Lee, Park, Kim and Nam, SMC 2017 (arXiv 1703.01789).
#[derive(Debug)]
pub struct SampleCnn(SampleCnnAt);

impl Plugin for SampleCnn {
    const CARD: Card = super::card(
        "SampleCNN trained on labels",
        "https://arxiv.org/abs/1703.01789",
        include_str!("README.md"),
    );
    type Config = SampleCnnSettings;

    fn new(config: SampleCnnSettings, cx: &Context<'_>) -> Result<SampleCnn> {
        SampleCnnAt::new(&cx.vars, &config).map(SampleCnn)
    }
}

impl Encoder for SampleCnn {
    fn input(&self) -> Input {
        self.0.input()
    }

    fn dim(&self) -> i64 {
        self.0.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        self.0.forward(clips, train)
    }
}
