//! How fast the parts are: decoding, spectrograms, one training step per method, one grid of
//! probes, each statistical test.
//!
//! Every figure is per second: samples (sound), pairs of views (training), probes (evaluation).
//! Steps of the `small` settings, spectrograms and probes use one thread of arithmetic, as the
//! command does on a CPU; the ViT-S step uses all that libtorch takes, and decoding shares a long
//! MP3 file among the cores. A step leaves out the loader, which works on other threads. What a
//! device does is measured where `PERF_DEVICE` names one.

mod augment;
mod device;
mod probing;
mod sound;
mod statistics;
mod training;

use std::time::Duration;

use bench::Result;
use criterion::Criterion;

fn main() -> Result<()> {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(4))
        .without_plots()
        .configure_from_args();
    let all_threads = tch::get_num_threads();
    tch::set_num_threads(1);
    sound::decode(&mut criterion)?;
    sound::mel(&mut criterion)?;
    sound::cqt(&mut criterion)?;
    augment::chains(&mut criterion)?;
    device::mel(&mut criterion)?;
    training::small(&mut criterion)?;
    probing::grids(&mut criterion)?;
    device::probes(&mut criterion)?;
    statistics::tests(&mut criterion)?;
    tch::set_num_threads(all_threads);
    training::vit_s(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}
