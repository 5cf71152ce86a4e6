//! Chroma and key templates: what can be known about the key without learning anything.

mod key;

use bench::model::Constant;
use bench::settings::check_sizes;
use bench::{Card, Classification, Context, Encoder, Error, Input, Plugin, Result, Supervision};
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

pub use key::Templates;

/// Settings by name.
pub const CONFIGS: &[(&str, &str)] = &[("default", include_str!("config.yaml"))];

/// Samples of a frame, or from one to the next, at most.
const LONGEST: i64 = 65_536;

/// Settings of the front end and of the templates.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Sample rate in Hz.
    rate: u32,
    /// Clip length in samples.
    samples: usize,
    /// Frame length in samples.
    n_fft: i64,
    /// From a frame to the next, in samples.
    hop: i64,
    /// The octaves that are folded, as MIDI numbers of their C: from the first up to the last,
    /// exclusive.
    octaves: [i64; 2],
    /// Bins per semitone.
    resolution: i64,
    /// The key profiles that chroma is compared with.
    templates: Templates,
}

/// Pitch classes, folded over octaves frame by frame and averaged over a clip.
#[derive(Debug)]
pub struct Chroma {
    config: Config,
    window: Constant,
    filters: Constant,
}

impl Plugin for Chroma {
    const CARD: Card = Card {
        title: "tuned chroma with key templates",
        paper: None,
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: include_str!("README.md"),
    };
    type Config = Config;

    fn new(config: Config, cx: &Context<'_>) -> Result<Chroma> {
        config.check()?;
        let window =
            Constant::new(Tensor::f_hann_window(config.n_fft, (Kind::Float, cx.vars.device()))?);
        let filters = Constant::new(config.filters());
        Ok(Chroma { config, window, filters })
    }
}

impl Config {
    fn check(&self) -> Result<()> {
        let [low, high] = self.octaves;
        let octaves = low < high && low % 12 == 0 && high % 12 == 0 && (0..=128).contains(&high);
        check_sizes("method", [("n_fft", self.n_fft), ("hop", self.hop)], 1..=LONGEST)?;
        let message = if !octaves || low < 0 || hertz(high as f64) > f64::from(self.rate) / 2.0 {
            "octaves: two MIDI numbers that are multiples of 12, the first lower, the second below half the rate"
        } else if !(3..=100).contains(&self.resolution) {
            "resolution must be 3 to 100 bins per semitone"
        } else {
            return Ok(());
        };
        Err(Error::settings("method", message))
    }

    /// Triangles one semitone wide over the logarithm of frequency, from C up, `[frequencies,
    /// bins]`.
    fn filters(&self) -> Tensor {
        let [low, high] = self.octaves;
        let bins = (high - low) * self.resolution;
        let frequencies = self.n_fft / 2 + 1;
        let mut weights = Vec::with_capacity((frequencies * bins) as usize);
        for k in 0..frequencies {
            let hz = k as f64 * f64::from(self.rate) / self.n_fft as f64;
            let pitch = 69.0 + 12.0 * (hz / 440.0).log2();
            let centre = |bin| low as f64 + bin as f64 / self.resolution as f64;
            weights.extend(
                (0..bins).map(|bin| (1.0 - 2.0 * (pitch - centre(bin)).abs()).max(0.0) as f32),
            );
        }
        Tensor::from_slice(&weights).view([frequencies, bins])
    }
}

fn hertz(pitch: f64) -> f64 {
    440.0 * ((pitch - 69.0) / 12.0).exp2()
}

impl Encoder for Chroma {
    fn input(&self) -> Input {
        Input::Waveform { rate: self.config.rate, samples: self.config.samples }
    }

    fn dim(&self) -> i64 {
        12 * self.config.resolution
    }

    fn forward(&self, clips: &Tensor, _train: bool) -> Result<Tensor> {
        let (n_fft, device) = (self.config.n_fft, clips.device());
        let frames =
            clips.constant_pad_nd([n_fft / 2, n_fft / 2]).unfold(1, n_fft, self.config.hop);
        let spectra = (frames * self.window.on(device)).fft_rfft(n_fft, -1, "backward").abs();
        let bins = spectra.matmul(&self.filters.on(device));
        let (batch, frames, _) = bins.size3()?;
        let octaves = bins.view([batch, frames, -1, self.dim()]);
        let folded = octaves.sum_dim_intlist(2, false, Kind::Float);
        let loudest = folded.amax(-1, true).clamp_min(1e-6);
        Ok((folded / loudest).mean_dim(1, false, Kind::Float))
    }

    fn classify(&self, embeddings: &Tensor) -> Vec<Classification> {
        let scores =
            key::correlate(&key::tuned(embeddings, self.config.resolution), self.config.templates);
        vec![Classification { name: "templates".into(), classes: key::names(), scores }]
    }
}
