//! What a method shows of a few items.

use tch::{Device, no_grad};

use super::loader::{Orders, Plan, Source};
use super::network::Network;
use super::step::stack;
use crate::error::Result;
use crate::seed::Seed;
use crate::shown::Shown;

/// What a network's method shows of every item of a source, and the order of the items; the seed
/// decides the crops, the views and the order.
///
/// # Errors
/// When there is no method, or the store cannot be read.
pub fn show(
    network: &mut Network,
    source: Source,
    seed: Seed,
    device: Device,
) -> Result<(Vec<i64>, Vec<Shown>)> {
    let plan = Plan::whole(source, network.method()?.sampling(), seed);
    let _generator = seed.derive("step", &[0]).torch();
    let crops = plan.crops(0, &mut Orders::new())?;
    let batch = stack(&plan, &crops, network, device)?;
    let method = network.method()?;
    let mut rng = seed.stream("views", &[0]);
    let shown = no_grad(|| method.show(&method.views(&batch, &mut rng)?))?;
    Ok((crops.items, shown))
}
