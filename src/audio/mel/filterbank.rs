//! Triangular filters on a mel scale, as librosa and torchaudio build them.

use super::{MelSpec, Norm, Scale};

/// Slaney's scale is linear below this frequency (Hz) …
const BREAK: f64 = 1000.0;
/// … with so many Hz per mel …
const LINEAR: f64 = 200.0 / 3.0;

/// … and above it 27 mels are a factor of 6.4.
fn log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

impl Scale {
    /// Mels at a frequency in Hz.
    pub fn mel(self, hz: f64) -> f64 {
        match self {
            Scale::Htk => 2595.0 * (1.0 + hz / 700.0).log10(),
            Scale::Slaney if hz < BREAK => hz / LINEAR,
            Scale::Slaney => BREAK / LINEAR + (hz / BREAK).ln() / log_step(),
        }
    }

    /// The frequency in Hz at so many mels.
    pub fn hertz(self, mel: f64) -> f64 {
        match self {
            Scale::Htk => 700.0 * (10_f64.powf(mel / 2595.0) - 1.0),
            Scale::Slaney if mel < BREAK / LINEAR => mel * LINEAR,
            Scale::Slaney => BREAK * ((mel - BREAK / LINEAR) * log_step()).exp(),
        }
    }
}

/// Corners in Hz, equally spaced in mel; filter `i` spans corners `i` to `i + 2`.
fn corners(spec: &MelSpec) -> Vec<f64> {
    let (low, high) = (spec.scale.mel(spec.fmin), spec.scale.mel(spec.fmax));
    let step = (high - low) / (spec.n_mels + 1) as f64;
    (0..spec.n_mels + 2).map(|i| spec.scale.hertz(low + step * i as f64)).collect()
}

/// # Shapes
/// `[n_mels, bins]`
pub(super) fn weights(spec: &MelSpec) -> Vec<f32> {
    let bin = f64::from(spec.sample_rate) / spec.n_fft as f64;
    let corners = corners(spec);
    let mut weights = Vec::with_capacity(spec.n_mels * spec.bins());
    for corner in corners.windows(3) {
        let (low, centre, high) = (corner[0], corner[1], corner[2]);
        let height = match spec.norm {
            Norm::None => 1.0,
            Norm::Slaney => 2.0 / (high - low),
        };
        weights.extend((0..spec.bins()).map(|k| {
            let hz = bin * k as f64;
            let (rising, falling) = ((hz - low) / (centre - low), (high - hz) / (high - centre));
            (height * rising.min(falling).max(0.0)) as f32
        }));
    }
    weights
}
