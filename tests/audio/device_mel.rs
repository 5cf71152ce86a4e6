//! The mel spectrogram on a device is the host's.

use bench::audio::{DeviceMel, Mel, MelSpec, Norm, Pad, Scale};
use tch::{Device, Kind, Tensor};

fn noise(batch: i64, samples: i64) -> Tensor {
    let _generator = bench::Seed::new(5).torch();
    Tensor::randn([batch, samples], (Kind::Float, Device::Cpu))
}

/// Largest difference from the host's values, relative to the largest of them.
fn error(spec: &MelSpec, samples: i64) -> f64 {
    let waves = noise(3, samples);
    let found = DeviceMel::new(spec).unwrap().power(&waves).unwrap();
    let host = Mel::new(spec).unwrap();
    let rows = Vec::<Vec<f32>>::try_from(&waves).unwrap();
    let expected: Vec<f32> = rows.iter().flat_map(|row| host.power(row).unwrap()).collect();
    let frames = spec.frames(samples as usize) as i64;
    assert_eq!(found.size(), [3, frames, spec.n_mels as i64]);
    let expected = Tensor::from_slice(&expected).view_as(&found);
    (found - &expected).abs().max().double_value(&[]) / expected.abs().max().double_value(&[])
}

#[test]
fn it_is_the_hosts_for_any_setting_and_length() {
    let myna = MelSpec::default();
    let odd =
        MelSpec { n_fft: 401, hop: 67, n_mels: 30, scale: Scale::Htk, norm: Norm::None, ..myna };
    let magnitudes = MelSpec { pad: Pad::Zeros, power: 1.0, n_fft: 256, hop: 300, ..myna };
    for (spec, samples) in [
        (myna, 1025),
        (myna, 10_240),
        (odd, 67 * 40),
        (odd, 2_700),
        (MelSpec { pad: Pad::Zeros, ..odd }, 1),
        (magnitudes, 5_000),
    ] {
        let error = error(&spec, samples);
        assert!(error < 1e-4, "{spec:?}, {samples} samples: relative error {error:.1e}");
    }
}

#[test]
fn a_sound_too_short_to_be_mirrored_is_refused() {
    let mel = DeviceMel::new(&MelSpec::default()).unwrap();
    let error = mel.power(&noise(1, 1024)).unwrap_err().to_string();
    assert_eq!(error, "mel spectrogram: 1024 samples; at least 1025 are needed");
    assert!(DeviceMel::new(&MelSpec { hop: 0, ..MelSpec::default() }).is_err());
}
