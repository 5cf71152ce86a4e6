//! Grids of probes: that of the key suite, and the beginning of JukeMIR's.

use std::hint::black_box;

use bench::data::Key;
use bench::eval::metric::{Truth, WeightedKeyScore};
use bench::eval::probe::{Examples, Grid, fit};
use bench::{Result, Seed, settings};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput};
use serde_yaml::Value;
use tch::{Device, Kind, Tensor};

/// Steps of each of JukeMIR's probes that are timed; all until they stop take minutes.
const STEPS: u64 = 16;

/// Fits grids: the key suite's on 240 items, chosen on 180, in probes per second; and JukeMIR's on
/// 920, chosen on 236, in steps of probes per second.
pub fn grids(criterion: &mut Criterion) -> Result<()> {
    let suite: Value = settings::parse(include_str!("../../suites/key.yaml"), "suites/key.yaml")?;
    let grid: Grid = settings::from_value(suite["tasks"][0]["probe"].clone(), "probe")?;
    let mut group = criterion.benchmark_group("probe");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(grid.points().len() as u64));
    timed(&mut group, "grid", &grid, [240, 180, 256])?;
    let grid = Grid { max_steps: Some(STEPS), ..Grid::preset("jukemir")? };
    group.throughput(Throughput::Elements(grid.points().len() as u64 * STEPS));
    timed(&mut group, "jukemir", &grid, [920, 236, 384])?;
    group.finish();
    Ok(())
}

fn timed(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    grid: &Grid,
    [train, valid, dim]: [i64; 3],
) -> Result<()> {
    let names: Vec<String> = Key::all().map(|key| key.to_string()).collect();
    tch::manual_seed(0);
    let (train, valid) = (noise(train, dim)?, noise(valid, dim)?);
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let fitted = fit(grid, &names, (&train, &valid), &WeightedKeyScore, Seed::new(0));
            black_box(fitted.expect("a probe"))
        });
    });
    Ok(())
}

/// Items of every key in turn, with embeddings of white noise.
fn noise(items: i64, dim: i64) -> Result<Examples> {
    let embeddings = Tensor::f_randn([items, dim], (Kind::Float, Device::Cpu))?;
    let keys = (0..items as usize).map(|item| item % Key::COUNT).collect();
    Ok(Examples::of_items(embeddings, Truth::Classes(keys)))
}
