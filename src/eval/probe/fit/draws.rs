//! What chance decides while probes are fitted: which examples a step sees, and what is dropped.

use rand::seq::SliceRandom;
use rand::seq::index::sample;
use rand::{Rng as _, RngExt};
use tch::{Device, Tensor};

use crate::eval::probe::examples::{Embedded, starts};
use crate::eval::probe::grid::Draw;
use crate::seed::{Rng, Seed};
use crate::tensors::send;

/// The rows that steps see: drawn for each step on its own, or in passes over all.
pub(super) struct Order {
    rng: Rng,
    rows: Rows,
    batch: usize,
    passes: bool,
    left: Vec<i64>,
}

/// Rows of items of which some are drawn.
pub(super) struct Rows {
    counts: Vec<usize>,
    draw: Draw,
    rng: Rng,
    drawn: Vec<i64>,
}

impl Rows {
    /// Those of a part of the items, which `part` tells from others.
    pub(super) fn new(embedded: &Embedded, draw: Draw, part: u64, seed: Seed) -> Rows {
        let rng = seed.stream("probe clips", &[part]);
        let counts = embedded.counts();
        let mut rows = Rows { counts, draw, rng, drawn: Vec::new() };
        rows.drawn = match draw {
            Draw::All => (0..embedded.owners.len() as i64).collect(),
            Draw::Once | Draw::Epoch => rows.one_each(),
        };
        rows
    }

    fn one_each(&mut self) -> Vec<i64> {
        let starts = starts(&self.counts);
        let mut one = |(start, count): (usize, &usize)| start + self.rng.random_range(0..*count);
        starts.into_iter().zip(&self.counts).map(|item| one(item) as i64).collect()
    }

    /// Those that stand now.
    pub(super) fn drawn(&self) -> &[i64] {
        &self.drawn
    }

    /// Draws anew, where every epoch does.
    pub(super) fn renew(&mut self) {
        if self.draw == Draw::Epoch {
            self.drawn = self.one_each();
        }
    }
}

impl Order {
    pub(super) fn new(rows: Rows, batch: usize, passes: bool, seed: Seed) -> Order {
        let batch = batch.min(rows.drawn.len());
        Order { rng: seed.stream("probe order", &[]), rows, batch, passes, left: Vec::new() }
    }

    /// Steps of a pass; the last one may see fewer rows.
    pub(super) fn steps_of_pass(&self) -> u64 {
        self.rows.drawn.len().div_ceil(self.batch) as u64
    }

    /// The rows of the next step.
    pub(super) fn next(&mut self) -> Vec<i64> {
        if !self.passes {
            let drawn = sample(&mut self.rng, self.rows.drawn.len(), self.batch);
            return drawn.iter().map(|at| self.rows.drawn[at]).collect();
        }
        if self.left.is_empty() {
            self.left.clone_from(&self.rows.drawn);
            self.left.shuffle(&mut self.rng);
            self.rows.renew();
        }
        let before = self.left.len().saturating_sub(self.batch);
        self.left.split_off(before)
    }
}

/// What is multiplied with values that dropout may drop: 0, or 1/(1 − rate), so that the mean
/// stays.
///
/// Rates that are quarters take two random bits a value, and the same bits whatever the rate;
/// others take 32.
///
/// # Shapes
/// → `[rates, rows, columns]`
pub(super) fn masks(rng: &mut Rng, rates: &[f64], [rows, columns]: [i64; 2]) -> Tensor {
    let count = (rows * columns) as usize;
    let mut masks = Vec::with_capacity(rates.len() * count + 3);
    if rates.iter().all(|rate| (rate * 4.0).fract() == 0.0) {
        let mut bits = vec![0; count.div_ceil(4)];
        rng.fill_bytes(&mut bits);
        for (at, rate) in rates.iter().enumerate() {
            let four = quarters(*rate);
            bits.iter().for_each(|byte| masks.extend_from_slice(&four[usize::from(*byte)]));
            masks.truncate((at + 1) * count);
        }
    } else {
        let words: Vec<u32> = (0..count).map(|_| rng.next_u32()).collect();
        for rate in rates {
            let (least, kept) = ((rate * 4_294_967_296.0) as u32, (1.0 / (1.0 - rate)) as f32);
            masks.extend(words.iter().map(|word| if *word >= least { kept } else { 0.0 }));
        }
    }
    Tensor::from_slice(&masks).reshape([rates.len() as i64, rows, columns])
}

/// What each byte says of four values.
fn quarters(rate: f64) -> Vec<[f32; 4]> {
    let (least, kept) = ((rate * 4.0) as u8, (1.0 / (1.0 - rate)) as f32);
    let value = |byte: u8, place: u8| if (byte >> (2 * place)) & 3 >= least { kept } else { 0.0 };
    (0..=u8::MAX).map(|byte| [0, 1, 2, 3].map(|place| value(byte, place))).collect()
}

/// Indices as a tensor.
pub(super) fn indices(rows: &[i64], device: Device) -> Tensor {
    send(&Tensor::from_slice(rows), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Kind;

    fn order(items: i64, batch: usize, passes: bool) -> Order {
        let embedded = Embedded::of_items(Tensor::zeros([items, 1], (Kind::Float, Device::Cpu)));
        let seed = Seed::new(3);
        Order::new(Rows::new(&embedded, Draw::All, 0, seed), batch, passes, seed)
    }

    #[test]
    fn a_step_never_draws_an_example_twice_and_all_are_equally_likely() {
        let mut order = order(10, 4, false);
        let mut counts = [0; 10];
        for _ in 0..5000 {
            let mut step = order.next();
            step.sort_unstable();
            step.dedup();
            assert_eq!(step.len(), 4);
            step.iter().for_each(|row| counts[*row as usize] += 1);
        }
        // 2000 each; the standard deviation is 35.
        assert!(counts.iter().all(|count| (1860..2140).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_pass_sees_every_example_once_and_ends_with_a_smaller_step() {
        let mut order = order(10, 4, true);
        assert_eq!(order.steps_of_pass(), 3);
        let passes: Vec<Vec<i64>> = (0..6).map(|_| order.next()).collect();
        assert_eq!(passes.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 2, 4, 4, 2]);
        for pass in passes.chunks(3) {
            let mut seen = pass.concat();
            seen.sort_unstable();
            assert_eq!(seen, (0..10).collect::<Vec<i64>>());
        }
        assert_ne!(passes[..3], passes[3..]);
    }

    #[test]
    fn of_each_item_one_row_is_drawn() {
        let rows = Tensor::zeros([5, 1], (Kind::Float, Device::Cpu));
        let embedded = Embedded { rows, owners: vec![0, 0, 0, 1, 1] };
        let drawn = |seed| Rows::new(&embedded, Draw::Once, 0, Seed::new(seed)).drawn;
        let all: Vec<Vec<i64>> = (0..50).map(drawn).collect();
        assert!(all.iter().all(|rows| rows[0] < 3 && (3..5).contains(&rows[1])));
        assert!((0..5).all(|row| all.iter().any(|rows| rows.contains(&row))));
    }

    #[test]
    fn masks_drop_at_their_rate_keep_the_mean_and_of_a_higher_rate_drop_more() {
        let rates = [0.25, 0.5, 0.75];
        let masks = masks(&mut Seed::new(1).stream("test", &[]), &rates, [100, 401]);
        for (at, rate) in rates.iter().enumerate() {
            let mask = masks.get(at as i64);
            let kept = mask.gt(0.0).to_kind(Kind::Double);
            assert!((kept.mean(Kind::Double).double_value(&[]) - (1.0 - rate)).abs() < 0.01);
            assert_eq!(mask.max().double_value(&[]), f64::from((1.0 / (1.0 - rate)) as f32));
            let lower = masks.get(at.saturating_sub(1) as i64);
            assert_eq!((kept * lower.eq(0.0)).sum(Kind::Double).double_value(&[]), 0.0);
        }
    }

    #[test]
    fn rates_that_are_no_quarters_are_met_too() {
        let masks = masks(&mut Seed::new(1).stream("test", &[]), &[0.9], [200, 500]);
        let kept = masks.gt(0.0).to_kind(Kind::Double).mean(Kind::Double).double_value(&[]);
        assert!((kept - 0.1).abs() < 0.004, "{kept}");
    }
}
