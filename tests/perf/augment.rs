//! The chains of augmentations, on views of 2.7 s at 22,050 Hz.

use bench::augment::{Chain, ChainConfig, TrackChain, TrackChainConfig};
use bench::{Result, Rng, Seed};
use criterion::{Criterion, Throughput};
use tch::{Device, Kind, Tensor};

const RATE: u32 = 22_050;
const TRACKS: i64 = 48;

/// Every chain with its published settings, in views per second.
pub fn chains(criterion: &mut Criterion) -> Result<()> {
    let chain = Chain::new(ChainConfig::default(), RATE)?;
    measure(criterion, "chain", &[TRACKS, 59_049], |waves, rng| chain.augment(waves, rng));
    on_two_cores(criterion, &chain);
    let tracks = TrackChain::new(TrackChainConfig::default(), RATE)?;
    measure(criterion, "track_chain", &[TRACKS, 2, 59_535], |waves, rng| {
        tracks.augment(waves, rng)
    });
    Ok(())
}

/// Measures what changes as many waves as the last but one of `shape`.
fn measure(
    criterion: &mut Criterion,
    name: &str,
    shape: &[i64],
    augment: impl Fn(&Tensor, &mut Rng) -> Tensor,
) {
    let waves = Tensor::randn(shape, (Kind::Float, Device::Cpu)) * 0.1;
    let mut rng = Seed::new(0).stream("augment", &[]);
    let views = shape.iter().rev().skip(1).product::<i64>() as u64;
    let mut group = criterion.benchmark_group("augment");
    group.throughput(Throughput::Elements(views));
    group.bench_function(name, |bencher| bencher.iter(|| augment(&waves, &mut rng)));
    group.finish();
}

/// Measures CLMR's chain as two runs side by side use it: a batch on each of two cores.
fn on_two_cores(criterion: &mut Criterion, chain: &Chain) {
    let batch = || Tensor::randn([TRACKS, 59_049], (Kind::Float, Device::Cpu)) * 0.1;
    let mut runs = [0, 1].map(|run| (batch(), Seed::new(run).stream("augment", &[])));
    let mut group = criterion.benchmark_group("augment");
    group.throughput(Throughput::Elements(2 * TRACKS as u64));
    group.bench_function("chain_on_two_cores", |bencher| {
        bencher.iter(|| {
            std::thread::scope(|scope| {
                for run in &mut runs {
                    scope.spawn(move || {
                        tch::set_num_threads(1);
                        chain.augment(&run.0, &mut run.1)
                    });
                }
            });
        });
    });
    group.finish();
}
