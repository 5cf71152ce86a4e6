//! What a device does besides training: mel spectrograms of whole batches, and a grid of probes
//! beside the same probes one after the other.

use std::hint::black_box;

use bench::audio::{DeviceMel, MelSpec};
use bench::data::Key;
use bench::eval::metric::{Accuracy, Truth};
use bench::eval::probe::{Examples, Grid, fit};
use bench::{Result, Seed, device, native};
use criterion::{Criterion, SamplingMode, Throughput};
use tch::{Device, Kind, Tensor};

/// Length of a sound.
const SECONDS: i64 = 30;
/// Length of an embedding: that of Jukebox on a GPU, a short one on a CPU.
const DIM: [i64; 2] = [4800, 64];
/// Probes of the grid that are also fitted one after the other.
const SEQUENTIAL: usize = 12;

/// Steps of each probe.
const STEPS: u64 = 100;

/// The device that the variable `PERF_DEVICE` names.
fn named(left_out: &str) -> Result<Option<Device>> {
    let Ok(name) = std::env::var("PERF_DEVICE") else {
        println!("device/{left_out} is left out: PERF_DEVICE names no device");
        return Ok(None);
    };
    device::ready(&name).map(Some)
}

/// Samples a second of spectrograms of 16 kHz, frames of 2048 samples, 512 apart, 128 mels.
pub fn mel(criterion: &mut Criterion) -> Result<()> {
    let Some(device) = named("mel")? else { return Ok(()) };
    let spec = MelSpec::default();
    let samples = SECONDS * i64::from(spec.sample_rate);
    let sounds = if device.is_cuda() { 64 } else { 2 };
    let mel = DeviceMel::new(&spec)?;
    let mut group = criterion.benchmark_group("device");
    group.throughput(Throughput::Elements((sounds * samples) as u64));
    group.bench_function("mel", |bencher| {
        let waves = Tensor::rand([sounds, samples], (Kind::Float, device)) - 0.5;
        bencher.iter(|| {
            drop(black_box(mel.power(&waves).expect("spectrograms")));
            native::synchronize(device);
        });
    });
    group.finish();
    Ok(())
}

/// Probes a second, of the whole grid and of some of its points alone.
pub fn probes(criterion: &mut Criterion) -> Result<()> {
    let Some(device) = named("grid")? else { return Ok(()) };
    let steps = Some(STEPS);
    let whole = Grid { max_steps: steps, evaluate_every: steps, ..Grid::preset("jukemir")? };
    let alone: Vec<Grid> = whole
        .points()
        .into_iter()
        .step_by(whole.points().len() / SEQUENTIAL)
        .map(|point| Grid {
            standardise: vec![point.standardise],
            hidden: vec![point.hidden.clone()],
            batch: vec![point.batch],
            lr: vec![point.lr],
            dropout: vec![point.dropout],
            l2: vec![point.l2],
            ..whole.clone()
        })
        .collect();
    let names: Vec<String> = Key::all().map(|key| key.to_string()).collect();
    for (name, grids) in [("grid", vec![whole]), ("one_by_one", alone)] {
        let points: usize = grids.iter().map(|grid| grid.points().len()).sum();
        let mut group = criterion.benchmark_group("device");
        group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(points as u64));
        group.bench_function(name, |bencher| {
            let (train, valid) = (noise(480, device), noise(120, device));
            bencher.iter(|| {
                for grid in &grids {
                    let fitted = fit(grid, &names, (&train, &valid), &Accuracy, Seed::new(0));
                    black_box(fitted.expect("a probe"));
                }
            });
        });
        group.finish();
    }
    Ok(())
}

/// Items of every key in turn, with embeddings of white noise.
fn noise(items: usize, device: Device) -> Examples {
    let dim = DIM[usize::from(!device.is_cuda())];
    let embeddings = Tensor::randn([items as i64, dim], (Kind::Float, device));
    Examples::of_items(embeddings, Truth::Classes((0..items).map(|i| i % Key::COUNT).collect()))
}
