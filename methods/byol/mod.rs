//! BYOL on FCN-4: from one crop, predict what the momentum encoder makes of another crop of the
//! same recording.

mod loss;

use std::f64::consts::PI;

use bench::audio::MelSpec;
use bench::augment::{Chain, ChainConfig};
use bench::model::head::check_widths;
use bench::model::momentum::check_momentum;
use bench::model::{DecibelMel, Fcn, FcnConfig, Momentum, NormedHead};
use bench::{
    Batch, Card, Context, Encoder, Input, Loss, Method, Placement, Plugin, Progress, Result, Rng,
    Sampling, Supervision,
};
use serde::{Deserialize, Serialize};
use tch::nn::Path;
use tch::{Tensor, no_grad};

pub use loss::{deviation, regression};

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] =
    &[("paper", include_str!("paper.yaml")), ("small", include_str!("small.yaml"))];

/// Settings of front end, encoders and views.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Sample rate in Hz.
    rate: u32,
    /// Clip length in samples.
    samples: usize,
    /// The spectrogram made of a clip; its filters may be made for another sample rate.
    mel: MelSpec,
    /// The network that is kept.
    #[serde(default)]
    encoder: FcnConfig,
    /// Hidden and output width of projector and predictor.
    heads: [i64; 2],
    /// The part of the momentum encoder that stays at the first step and after the last, each 0 to
    /// 1.
    momentum: [f64; 2],
    /// The augmentations of a view.
    #[serde(default)]
    augment: ChainConfig,
}

impl Config {
    fn check(&self) -> Result<()> {
        check_widths("heads", &self.heads)?;
        self.momentum.iter().try_for_each(|momentum| check_momentum(*momentum))
    }
}

/// An encoder and its projector.
#[derive(Debug)]
struct Branch {
    encoder: Fcn,
    projector: NormedHead,
}

impl Branch {
    fn new(path: &Path<'_>, config: &Config, image: [i64; 2]) -> Result<Branch> {
        let encoder = Fcn::new(&path.sub("encoder"), &config.encoder, image)?;
        let projector = NormedHead::new(&path.sub("projector"), encoder.dim(), config.heads);
        Ok(Branch { encoder, projector })
    }

    fn project(&self, decibels: &Tensor) -> Tensor {
        self.projector.forward(&self.encoder.forward(decibels, true), true)
    }
}

/// Front end, encoder with its heads, and its momentum encoder.
#[derive(Debug)]
pub struct Byol {
    front: DecibelMel,
    online: Branch,
    predictor: NormedHead,
    target: Momentum<Branch>,
    chain: Chain,
    momentum: [f64; 2],
}

impl Plugin for Byol {
    const CARD: Card = Card {
        title: "BYOL: FCN-4 trained to predict its momentum encoder's view of another crop",
        paper: Some("https://arxiv.org/abs/2006.07733"),
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<Byol> {
        config.check()?;
        let front = DecibelMel::new(config.rate, config.samples, &config.mel)?;
        let branch = |path: &Path<'_>| Branch::new(path, &config, front.image());
        let online = branch(&cx.vars)?;
        let predictor = NormedHead::new(&cx.vars.sub("predictor"), config.heads[1], config.heads);
        let target = Momentum::new(&cx.vars, &cx.state.sub("momentum"), branch)?;
        let chain = Chain::new(config.augment, config.rate)?;
        Ok(Byol { front, online, predictor, target, chain, momentum: config.momentum })
    }
}

impl Encoder for Byol {
    fn input(&self) -> Input {
        self.front.input()
    }

    fn dim(&self) -> i64 {
        self.online.encoder.dim()
    }

    fn forward(&self, clips: &Tensor, train: bool) -> Result<Tensor> {
        Ok(self.online.encoder.forward(&self.front.decibels(clips)?, train))
    }
}

impl Method for Byol {
    fn sampling(&self) -> Sampling {
        Sampling { clips: 2, length: self.input().length(), placement: Placement::Independent }
    }

    fn views(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Tensor>> {
        Ok(self.chain.views(&batch.clips, rng))
    }

    fn loss(&mut self, views: &[Tensor], _batch: &Batch, _progress: Progress) -> Result<Loss> {
        let decibels = [self.front.decibels(&views[0])?, self.front.decibels(&views[1])?];
        let targets =
            no_grad(|| decibels.each_ref().map(|view| self.target.network().project(view)));
        let projections = decibels.each_ref().map(|view| self.online.project(view));
        let predictions = projections.each_ref().map(|view| self.predictor.forward(view, true));
        let total =
            regression(&predictions[0], &targets[1]) + regression(&predictions[1], &targets[0]);
        Ok(Loss { total, terms: vec![("deviation", deviation(&projections[0]))] })
    }

    fn after_step(&mut self, progress: Progress) -> Result<()> {
        self.target.follow(momentum_at(progress, self.momentum));
        Ok(())
    }
}

/// Half a cosine from `first` to `last` over all steps.
fn momentum_at(progress: Progress, [first, last]: [f64; 2]) -> f64 {
    let done = progress.step as f64 / progress.steps as f64;
    last - (last - first) * 0.5 * (1.0 + (PI * done).cos())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bench::{Classes, Seed, settings};
    use tch::nn::VarStore;
    use tch::{Device, Kind};

    const SMALL: &str = "
rate: 8000
samples: 2048
mel: {sample_rate: 8000, n_fft: 128, hop: 64, n_mels: 16, fmax: 4000}
encoder: {channels: [4, 4], pools: [[2, 4], [4, 4]]}
heads: [8, 8]
momentum: [0.9, 1.0]
";

    /// A small BYOL and two views of six clips.
    fn small() -> (Byol, [Tensor; 2]) {
        let _generator = Seed::new(3).torch();
        let (vars, state) = (VarStore::new(Device::Cpu), VarStore::new(Device::Cpu));
        let (classes, seed) = (Classes::default(), Seed::new(0));
        let (vars, state) = (vars.root(), state.root());
        let cx = Context { vars, state, items: 6, classes, file: None, seed };
        let config = settings::parse(SMALL, "small").expect("settings");
        let views = [0, 1].map(|_| Tensor::randn([6, 2048], (Kind::Float, Device::Cpu)));
        (Byol::new(config, &cx).expect("a BYOL"), views)
    }

    fn loss(byol: &mut Byol, views: [&Tensor; 2]) -> f64 {
        let views = views.map(Tensor::shallow_clone);
        let clips = Tensor::stack(&views, 1);
        let items = Tensor::arange(6, (Kind::Int64, Device::Cpu));
        let batch = Batch { clips, items, labels: None };
        let progress = Progress { step: 0, steps: 1, epoch: 0, epochs: 1 };
        byol.loss(&views, &batch, progress).expect("a loss").total.double_value(&[])
    }

    #[test]
    fn exchanged_views_cost_the_same() {
        let (mut byol, [first, second]) = small();
        let straight = loss(&mut byol, [&first, &second]);
        let exchanged = loss(&mut byol, [&second, &first]);
        assert!((straight - exchanged).abs() < 1e-5, "{straight} and {exchanged}");
    }

    #[test]
    fn each_view_predicts_the_target_of_the_other() {
        let (mut byol, [first, second]) = small();
        let found = loss(&mut byol, [&first, &second]);
        let predict = |view: &Tensor| {
            let decibels = byol.front.decibels(view).expect("a spectrogram");
            byol.predictor.forward(&byol.online.project(&decibels), true)
        };
        let target = |view: &Tensor| {
            byol.target.network().project(&byol.front.decibels(view).expect("a spectrogram"))
        };
        // 2 − 2 cos, averaged over the batch.
        let cost = |from: &Tensor, to: &Tensor| {
            let cosines = Tensor::cosine_similarity(&predict(from), &target(to), 1, 1e-8);
            2.0 - 2.0 * cosines.mean(Kind::Double).double_value(&[])
        };
        let crossed = cost(&first, &second) + cost(&second, &first);
        assert!((found - crossed).abs() < 1e-5, "{found}, expected {crossed}");
        let uncrossed = cost(&first, &first) + cost(&second, &second);
        assert!((found - uncrossed).abs() > 1e-3, "{found} either way");
    }

    #[test]
    fn the_momentum_rises_as_half_a_cosine() {
        let at = |step| {
            let progress = Progress { step, steps: 300, epoch: 0, epochs: 1 };
            momentum_at(progress, [0.996, 1.0])
        };
        // cos 0 = 1, cos 60° = 1/2, cos 90° = 0, cos 180° = −1.
        for (step, expected) in [(0, 0.996), (100, 0.997), (150, 0.998), (300, 1.0)] {
            assert!((at(step) - expected).abs() < 1e-12, "step {step}: {}", at(step));
        }
    }
}
