//! SemiSupCon's chain, milder or more severe than it is trained with.

use crate::augment::{
    ColouredNoise, Echoes, Gain, OneFilter, PitchRatio, Polarity, TrackChainConfig, fast_ratios,
};

/// The chain of SemiSupCon's robustness study (J. Guinot, E. Quinton and G. Fazekas, ISMIR 2024,
/// <https://arxiv.org/abs/2407.13840>) at a severity from 1 on: probabilities and ranges grow, and
/// severity 2 is the chain it trains with. It happens with `p_compose` · severity / 2, 1 at most.
///
/// Departs from the code: one draw is for a whole recording and not for each of its chunks, since
/// chunks differ from encoder to encoder, and a delay has at least one repeat.
pub fn chain(severity: u8, p_compose: f64) -> TrackChainConfig {
    let s = f64::from(severity) / 2.0;
    let p = |most: f64, slope: f64| (slope * s).min(most);
    let around = |centre: f64| vec![centre - 0.2, centre + 0.2];
    let repeats = u32::from(severity);
    TrackChainConfig {
        p: happens(severity, p_compose),
        gain: Gain { p: p(0.7, 0.4), decibels: [-15.0 * s, 5.0 * s] },
        polarity: Polarity { p: p(0.8, 0.6) },
        noise: ColouredNoise {
            p: p(0.8, 0.6),
            snr: [3.0 / s, 30.0 / s],
            decay: [-2.0 * s, 2.0 * s],
        },
        filter: OneFilter {
            p: p(0.6, 0.3),
            centre: [200.0, 4000.0],
            width: [0.5 * s, 1.99],
            highpass: [200.0 * s, (2400.0 * s).min(11_025.0)],
            lowpass: [(150.0 / s).max(75.0), 7500.0 / s.max(1.0)],
        },
        pitch: PitchRatio { p: p(0.75, 0.6), ratios: fast_ratios(22_050, 4.0 * s) },
        delay: Echoes {
            p: p(0.6, 0.6),
            millis: [100.0 / s, 500.0],
            volume: around(0.5 * s),
            repeats: vec![repeats.saturating_sub(1).max(1), repeats + 1],
            attenuation: around((0.5 * s).min(1.0)),
        },
    }
}

/// How probable it is that [`chain`] happens to a recording.
pub fn happens(severity: u8, p_compose: f64) -> f64 {
    (p_compose * f64::from(severity) / 2.0).min(1.0)
}

/// [`chain`] with every augmentation certain and at the far end of its range: the softest, with the
/// most noise, as high as it gets, the longest and loudest delay, and the narrowest or widest
/// filter; which of the four filters it is stays drawn.
pub fn extreme(severity: u8, p_compose: f64) -> TrackChainConfig {
    let drawn = chain(severity, p_compose);
    let (filter, delay) = (drawn.filter, drawn.delay);
    let last = |values: Vec<f64>| values.last().copied().into_iter().collect();
    TrackChainConfig {
        p: p_compose,
        gain: Gain { p: 1.0, decibels: [drawn.gain.decibels[0]; 2] },
        polarity: Polarity { p: 1.0 },
        noise: ColouredNoise {
            p: 1.0,
            snr: [drawn.noise.snr[0]; 2],
            decay: [drawn.noise.decay[1]; 2],
        },
        filter: OneFilter {
            p: 1.0,
            centre: [filter.centre[1]; 2],
            width: [filter.width[1]; 2],
            highpass: [filter.highpass[1]; 2],
            lowpass: [filter.lowpass[0]; 2],
        },
        pitch: PitchRatio {
            p: 1.0,
            ratios: drawn.pitch.ratios.last().copied().into_iter().collect(),
        },
        delay: Echoes {
            p: 1.0,
            millis: [delay.millis[1]; 2],
            volume: last(delay.volume),
            repeats: delay.repeats.last().copied().into_iter().collect(),
            attenuation: last(delay.attenuation),
        },
    }
}
