//! One grid of probes: that of the key suite, on embeddings that say nothing.

use std::hint::black_box;

use bench::data::Key;
use bench::eval::metric::{Truth, WeightedKeyScore};
use bench::eval::probe::{Examples, Grid, fit};
use bench::{Result, Seed, settings};
use criterion::{Criterion, SamplingMode, Throughput};
use serde_yaml::Value;
use tch::{Device, Kind, Tensor};

const DIM: i64 = 256;

/// Fits the grid on 240 items and chooses on 180, in probes per second.
pub fn grid(criterion: &mut Criterion) -> Result<()> {
    let suite: Value = settings::parse(include_str!("../../suites/key.yaml"), "suites/key.yaml")?;
    let grid: Grid = settings::from_value(suite["tasks"][0]["probe"].clone(), "probe")?;
    let names: Vec<String> = Key::all().map(|key| key.to_string()).collect();
    tch::manual_seed(0);
    let (train, valid) = (noise(240)?, noise(180)?);
    let mut group = criterion.benchmark_group("probe");
    group
        .sampling_mode(SamplingMode::Flat)
        .throughput(Throughput::Elements(grid.points().len() as u64));
    group.bench_function("grid", |bencher| {
        bencher.iter(|| {
            let fitted = fit(&grid, &names, (&train, &valid), &WeightedKeyScore, Seed::new(0));
            black_box(fitted.expect("a probe"))
        });
    });
    group.finish();
    Ok(())
}

/// Items of every key in turn, with embeddings of white noise.
fn noise(items: usize) -> Result<Examples> {
    let embeddings = Tensor::f_randn([items as i64, DIM], (Kind::Float, Device::Cpu))?;
    let keys = (0..items).map(|item| item % Key::COUNT).collect();
    Ok(Examples::of_items(embeddings, Truth::Classes(keys)))
}
