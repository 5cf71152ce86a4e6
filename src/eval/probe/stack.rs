//! Probes of equal shape, trained together: every parameter has a leading dimension over the grid's
//! points.

use rand::RngExt;
use tch::{Device, Kind, Tensor, no_grad};

use super::grid::Point;
use crate::seed::Rng;

/// What the output of a probe is fitted to.
pub enum Objective {
    /// Class indices, int64 `[items]`: cross-entropy.
    Classes(Tensor),
    /// Tags, 0 or 1, `[items, tags]`: binary cross-entropy.
    Tags(Tensor),
    /// Standardised numbers, `[items, outputs]`: squared error.
    Numbers(Tensor),
}

impl Objective {
    fn loss(&self, scores: &Tensor, chosen: &Tensor) -> Tensor {
        let (points, batch, outputs) = scores.size3().expect("scores are [points, batch, outputs]");
        let mean = 1.0 / batch as f64;
        match self {
            Objective::Classes(classes) => {
                let target = classes.index_select(0, chosen).repeat([points]);
                let flat = scores.reshape([points * batch, outputs]);
                flat.cross_entropy_loss::<Tensor>(&target, None, tch::Reduction::Sum, -100, 0.0)
                    * mean
            }
            Objective::Tags(tags) => {
                let target = tags.index_select(0, chosen).unsqueeze(0).expand_as(scores);
                let sum = tch::Reduction::Sum;
                scores.binary_cross_entropy_with_logits::<Tensor>(&target, None, None, sum)
                    * (mean / outputs as f64)
            }
            Objective::Numbers(numbers) => {
                let target = numbers.index_select(0, chosen).unsqueeze(0).expand_as(scores);
                scores.mse_loss(&target, tch::Reduction::Sum) * (mean / outputs as f64)
            }
        }
    }
}

/// The parameters of all probes of one shape, and Adam's state for them.
pub struct Stack {
    points: Vec<Point>,
    params: Vec<Tensor>,
    moments: Vec<Tensor>,
    squares: Vec<Tensor>,
    best: Vec<Tensor>,
    lr: Tensor,
    l2: Tensor,
    step: i32,
}

impl Stack {
    /// Probes from `inputs` to `outputs` for points that share `hidden`, all initialised alike
    /// (PyTorch's default for linear layers: uniform within 1/√inputs).
    pub fn new(
        points: Vec<Point>,
        inputs: i64,
        outputs: i64,
        rng: &mut Rng,
        device: Device,
    ) -> Stack {
        let hidden = points[0].hidden;
        let layers = match hidden {
            0 => vec![(inputs, outputs)],
            _ => vec![(inputs, hidden), (hidden, outputs)],
        };
        let n = points.len() as i64;
        let mut draw = |rows: i64, columns: i64, fan_in: i64| {
            let bound = 1.0 / (fan_in as f32).sqrt();
            let values: Vec<f32> =
                (0..rows * columns).map(|_| rng.random_range(-bound..bound)).collect();
            let one = Tensor::from_slice(&values).reshape([1, rows, columns]).to_device(device);
            one.repeat([n, 1, 1]).set_requires_grad(true)
        };
        let params: Vec<Tensor> =
            layers.iter().flat_map(|(i, o)| [draw(*i, *o, *i), draw(1, *o, *i)]).collect();
        let zeros = || params.iter().map(|p| p.zeros_like().detach()).collect::<Vec<_>>();
        let column = |pick: fn(&Point) -> f64| {
            let values: Vec<f32> = points.iter().map(|p| pick(p) as f32).collect();
            Tensor::from_slice(&values).reshape([n, 1, 1]).to_device(device)
        };
        let (lr, l2) = (column(|p| p.lr), column(|p| p.l2));
        let (moments, squares, best) = (zeros(), zeros(), zeros());
        Stack { points, params, moments, squares, best, lr, l2, step: 0 }
    }

    /// One step of Adam on the items `chosen`, for every probe at once.
    ///
    /// # Shapes
    /// `inputs`: `[points, chosen, inputs]`; `chosen`: int64 indices into the objective's items.
    pub fn step(&mut self, inputs: &Tensor, objective: &Objective, chosen: &Tensor, rng: &mut Rng) {
        let scores = layers(&self.params, inputs, |xs| self.dropped(xs, rng));
        objective.loss(&scores, chosen).backward();
        self.step += 1;
        let (first, second) = (1.0 - 0.9f64.powi(self.step), 1.0 - 0.999f64.powi(self.step));
        no_grad(|| {
            for (i, param) in self.params.iter_mut().enumerate() {
                let grad = param.grad() + &self.l2 * &*param;
                let _ = self.moments[i].g_mul_scalar_(0.9).g_add_(&(&grad * 0.1));
                let _ = self.squares[i].g_mul_scalar_(0.999).g_add_(&(grad.square() * 0.001));
                let size = (&self.squares[i] / second).sqrt() + 1e-8;
                let _ = param.g_sub_(&(&self.lr * (&self.moments[i] / first) / size));
                param.zero_grad();
            }
        });
    }

    /// Keeps the present weights of the probes marked.
    pub fn keep(&mut self, marked: &[bool]) {
        let device = self.lr.device();
        let mark =
            Tensor::from_slice(marked).reshape([marked.len() as i64, 1, 1]).to_device(device);
        no_grad(|| {
            for (best, param) in self.best.iter_mut().zip(&self.params) {
                *best = param.where_self(&mark, best);
            }
        });
    }

    /// The scores of every probe as it is.
    ///
    /// # Shapes
    /// `[points, items, inputs]` → `[points, items, outputs]`.
    pub fn predict(&self, inputs: &Tensor) -> Tensor {
        no_grad(|| layers(&self.params, inputs, |xs| xs))
    }

    /// Probe `point` alone, with the weights last kept for it.
    pub fn only(&self, point: usize) -> Kept {
        Kept { params: self.best.iter().map(|p| p.narrow(0, point as i64, 1).copy()).collect() }
    }

    /// Dropout with one mask per rate, shared by all probes of that rate.
    fn dropped(&self, xs: Tensor, rng: &mut Rng) -> Tensor {
        if self.points.iter().all(|point| point.dropout == 0.0) {
            return xs;
        }
        let size = &xs.size()[1..];
        let count = size.iter().product::<i64>() as usize;
        let uniform: Vec<f32> = (0..count).map(|_| rng.random()).collect();
        let uniform =
            Tensor::from_slice(&uniform).reshape(size).unsqueeze(0).to_device(xs.device());
        let rates: Vec<f32> = self.points.iter().map(|p| p.dropout as f32).collect();
        let rates = Tensor::from_slice(&rates).reshape([-1, 1, 1]).to_device(xs.device());
        &xs * uniform.ge_tensor(&rates).to_kind(Kind::Float) / (1.0 - rates)
    }
}

/// The weights of one probe.
pub struct Kept {
    params: Vec<Tensor>,
}

impl Kept {
    /// Its scores.
    ///
    /// # Shapes
    /// `[items, inputs]` → `[items, outputs]`.
    pub fn predict(&self, inputs: &Tensor) -> Tensor {
        no_grad(|| layers(&self.params, &inputs.unsqueeze(0), |xs| xs).squeeze_dim(0))
    }
}

/// Linear layers with ReLU between them; `before` stands before each (dropout while fitting).
fn layers(params: &[Tensor], inputs: &Tensor, mut before: impl FnMut(Tensor) -> Tensor) -> Tensor {
    let mut xs = inputs.shallow_clone();
    for (layer, weights) in params.chunks_exact(2).enumerate() {
        xs = before(if layer > 0 { xs.relu() } else { xs });
        xs = weights[1].baddbmm(&xs, &weights[0], 1.0, 1.0);
    }
    xs
}
