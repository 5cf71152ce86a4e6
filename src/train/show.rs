//! What a method shows of a few items.

use tch::{Device, Tensor, no_grad};

use super::loader::{CropPlan, Cut, Orders, Source};
use super::network::Network;
use super::step::stack;
use crate::data::Store;
use crate::error::Result;
use crate::seed::Seed;
use crate::shown::Shown;

/// What a network's method shows of every item of a source, and the order of the items; the seed
/// decides the crops, the views and the order.
///
/// With `sound`, a store of the same items as waveforms, the crops come last, as they sound before
/// anything is made of them.
///
/// # Errors
/// When there is no method, or a store cannot be read.
pub fn show(
    network: &mut Network,
    source: Source,
    sound: Option<&Store>,
    seed: Seed,
    device: Device,
) -> Result<(Vec<i64>, Vec<Shown>)> {
    let plan = CropPlan::whole(source, network.method()?.sampling(), seed);
    let _generator = seed.derive("step", &[0]).torch();
    let crops = plan.crops(0, &mut Orders::new())?;
    let batch = stack(&plan, &crops, network, device)?;
    let method = network.method()?;
    let mut rng = seed.stream("views", &[0]);
    let mut shown = no_grad(|| method.show(&batch, &mut rng))?;
    if let Some(store) = sound {
        let step = method.input().step();
        shown.push(heard(store, &crops.cuts, step, plan.sampling.length * step)?);
    }
    Ok((crops.items, shown))
}

/// So many samples of each cut, whose start is counted in frames that are `step` samples apart.
fn heard(store: &Store, cuts: &[Cut], step: usize, samples: usize) -> Result<Shown> {
    let mut values = vec![0.0; cuts.len() * samples];
    for (cut, out) in cuts.iter().zip(values.chunks_exact_mut(samples)) {
        store.crop(cut.item, cut.start * step, samples, out)?;
    }
    let crops = Tensor::f_from_slice(&values)?.f_view([cuts.len() as i64, samples as i64])?;
    Ok(Shown::sound("crop", store.front().rate(), &crops))
}
