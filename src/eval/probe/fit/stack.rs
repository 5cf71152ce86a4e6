//! Probes of equal shape, trained together: every parameter has a leading dimension over the
//! probes.

use rand::RngExt;
use tch::{Device, Kind, Tensor};

use super::objective::Objective;
use crate::Result;
use crate::eval::probe::grid::Point;
use crate::native;
use crate::seed::Rng;

/// The parameters of probes of one shape, and Adam's state for them.
pub(super) struct Stack {
    params: Vec<Tensor>,
    means: Vec<Tensor>,
    squares: Vec<Tensor>,
    best: Vec<Tensor>,
    lr: Tensor,
    l2: Tensor,
    bias: bool,
    step: i32,
}

/// What a step sees.
pub(super) struct Seen<'a> {
    /// `[probes, rows, inputs]`, with dropout if it stands before the first layer.
    pub inputs: Tensor,
    /// `[probes or 1, rows, width]` and `[probes, 1, 1]` for each hidden layer with dropout: what
    /// is multiplied with its output, and the largest of that.
    pub masks: Vec<Option<(Tensor, Tensor)>>,
    /// What the scores are fitted to.
    pub objective: &'a Objective,
    /// The objective's examples, int64 `[rows]`.
    pub chosen: Tensor,
}

impl Stack {
    /// Probes from `inputs` to `outputs` for points that share `hidden`, all initialised alike
    /// (PyTorch's default for linear layers: uniform within 1/√inputs).
    pub(super) fn new(
        points: &[&Point],
        bias: bool,
        [inputs, outputs]: [i64; 2],
        rng: &mut Rng,
        device: Device,
    ) -> Stack {
        let mut widths = vec![inputs];
        widths.extend(points[0].hidden.layers());
        widths.push(outputs);
        let n = points.len() as i64;
        let mut draw = |rows: i64, columns: i64, fan_in: i64| {
            let bound = 1.0 / (fan_in as f32).sqrt();
            let values: Vec<f32> =
                (0..rows * columns).map(|_| rng.random_range(-bound..bound)).collect();
            let one = Tensor::from_slice(&values).reshape([1, rows, columns]).to_device(device);
            one.repeat([n, 1, 1])
        };
        let mut params = Vec::new();
        for layer in widths.windows(2) {
            params.push(draw(layer[0], layer[1], layer[0]));
            if bias {
                params.push(draw(1, layer[1], layer[0]));
            }
        }
        let zeros = || params.iter().map(Tensor::zeros_like).collect::<Vec<_>>();
        let (means, squares, best) = (zeros(), zeros(), zeros());
        let rates = |pick: fn(&Point) -> f64| {
            let rates: Vec<f32> = points.iter().map(|point| pick(point) as f32).collect();
            Tensor::from_slice(&rates).to_device(device)
        };
        let (lr, l2) = (rates(|point| point.lr), rates(|point| point.l2));
        Stack { params, means, squares, best, lr, l2, bias, step: 0 }
    }

    /// The number of probes.
    pub(super) fn probes(&self) -> i64 {
        self.lr.size()[0]
    }

    /// One step of Adam for every probe at once.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub(super) fn step(&mut self, seen: Seen<'_>) -> Result<()> {
        let grads = self.gradients(seen);
        self.step += 1;
        let bias = [0.9f64, 0.999].map(|decay| (1.0 - decay.powi(self.step)) as f32);
        let adam = native::StackedAdam { lr: &self.lr, l2: &self.l2, bias };
        let state = self.params.iter().zip(&self.means).zip(&self.squares);
        state
            .zip(&grads)
            .try_for_each(|(((param, mean), square), grad)| adam.update(param, grad, mean, square))
    }

    /// The gradients of the parameters, by the chain rule: the network is too small to pay for a
    /// graph.
    fn gradients(&self, seen: Seen<'_>) -> Vec<Tensor> {
        let Seen { inputs, masks, objective, chosen } = seen;
        let layers: Vec<&[Tensor]> = self.layers().collect();
        let mut given = vec![inputs];
        for (layer, mask) in layers.iter().zip(&masks) {
            let mut active = linear(layer, &given[given.len() - 1]).relu_();
            if let Some((mask, _)) = mask {
                active *= mask;
            }
            given.push(active);
        }
        let last = layers.len() - 1;
        let mut grad = objective.gradient(&linear(layers[last], &given[last]), &chosen);
        let mut grads = Vec::new();
        for (at, layer) in layers.iter().enumerate().rev() {
            if self.bias {
                grads.push(grad.sum_dim_intlist([1].as_slice(), true, Kind::Float));
            }
            grads.push(given[at].transpose(1, 2).bmm(&grad));
            if at > 0 {
                grad = given[at].threshold_backward(&grad.bmm(&layer[0].transpose(1, 2)), 0.0);
                if let Some((_, kept)) = &masks[at - 1] {
                    grad *= kept;
                }
            }
        }
        grads.reverse();
        grads
    }

    /// Weights and, where there is one, bias of each layer.
    fn layers(&self) -> impl Iterator<Item = &[Tensor]> {
        self.params.chunks_exact(if self.bias { 2 } else { 1 })
    }

    /// Keeps the present weights of the probes at these places.
    pub(super) fn keep(&mut self, places: &[i64]) {
        let places = Tensor::from_slice(places).to_device(self.params[0].device());
        for (best, param) in self.best.iter_mut().zip(&self.params) {
            let _ = best.index_copy_(0, &places, &param.index_select(0, &places));
        }
    }

    /// Leaves only the probes at these places.
    pub(super) fn retain(&mut self, places: &[i64]) {
        let device = self.params[0].device();
        let chosen = Tensor::from_slice(places).to_device(device);
        for tensors in [&mut self.params, &mut self.means, &mut self.squares, &mut self.best] {
            tensors.iter_mut().for_each(|tensor| *tensor = tensor.index_select(0, &chosen));
        }
        for rates in [&mut self.lr, &mut self.l2] {
            *rates = rates.index_select(0, &chosen);
        }
    }

    /// Multiplies the learning rate of the probe at a place.
    pub(super) fn slow(&mut self, place: usize, factor: f64) {
        let _ = self.lr.narrow(0, place as i64, 1).g_mul_scalar_(factor);
    }

    /// The scores of every probe as it is.
    ///
    /// # Shapes
    /// `[items, inputs]`, or `[probes, items, inputs]` → `[probes, items, outputs]`.
    pub(super) fn predict(&self, inputs: &Tensor) -> Tensor {
        scores(self.layers(), &inputs.expand([self.probes(), -1, -1], false))
    }

    /// The probe at a place alone, with the weights last kept for it, or those it has.
    pub(super) fn only(&self, place: usize, kept: bool) -> Kept {
        let params = if kept { &self.best } else { &self.params };
        let one = |param: &Tensor| param.narrow(0, place as i64, 1).copy();
        Kept { params: params.iter().map(one).collect(), bias: self.bias }
    }
}

/// The weights of one probe.
pub(super) struct Kept {
    params: Vec<Tensor>,
    bias: bool,
}

impl Kept {
    /// Its scores.
    ///
    /// # Shapes
    /// `[items, inputs]` → `[items, outputs]`.
    pub(super) fn predict(&self, inputs: &Tensor) -> Tensor {
        let layers = self.params.chunks_exact(if self.bias { 2 } else { 1 });
        scores(layers, &inputs.unsqueeze(0)).squeeze_dim(0)
    }
}

/// Linear layers with ReLU between them.
fn scores<'a>(layers: impl Iterator<Item = &'a [Tensor]>, inputs: &Tensor) -> Tensor {
    let mut xs = inputs.shallow_clone();
    for (at, layer) in layers.enumerate() {
        xs = linear(layer, &if at > 0 { xs.relu_() } else { xs });
    }
    xs
}

fn linear(layer: &[Tensor], xs: &Tensor) -> Tensor {
    match layer.get(1) {
        Some(bias) => bias.baddbmm(xs, &layer[0], 1.0, 1.0),
        None => xs.bmm(&layer[0]),
    }
}
