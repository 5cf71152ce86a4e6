//! Adam whose state is ours to save, stepped by libtorch's fused operator.

use tch::{Kind, Tensor, no_grad};

use super::Recipe;
use crate::error::Result;
use crate::native;
use crate::tensors::Named;

/// Adam with coupled weight decay (Kingma & Ba 2015, <https://arxiv.org/abs/1412.6980>), as
/// `torch.optim.Adam`.
pub struct Adam {
    names: Vec<String>,
    params: Vec<Tensor>,
    moments: Vec<Tensor>,
    squares: Vec<Tensor>,
    counts: Vec<Tensor>,
}

impl Adam {
    /// Zero moments for the trainable ones among `variables`.
    pub fn new(variables: &Named) -> Adam {
        let trainable = variables.iter().filter(|(_, variable)| variable.requires_grad());
        let (names, params): (Vec<String>, Vec<Tensor>) =
            trainable.map(|(name, variable)| (name.clone(), variable.shallow_clone())).unzip();
        let zeros = || params.iter().map(|p| p.zeros_like().detach()).collect::<Vec<_>>();
        let (moments, squares) = (zeros(), zeros());
        let counts = params.iter().map(|p| Tensor::zeros([], (Kind::Float, p.device()))).collect();
        Adam { names, params, moments, squares, counts }
    }

    /// Leaves no parameter with a gradient, so that the next step moves only those the loss depends
    /// on.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn forget_gradients(&self) -> Result<()> {
        native::forget_gradients(&self.params)
    }

    /// One step on the gradients there are; parameters without one are left alone.
    ///
    /// # Errors
    /// When libtorch refuses the operation.
    pub fn step(&mut self, recipe: &Recipe, lr: f64) -> Result<()> {
        let used: Vec<usize> =
            (0..self.params.len()).filter(|i| self.params[*i].grad().defined()).collect();
        let grads: Vec<Tensor> = used.iter().map(|i| self.params[*i].grad()).collect();
        if let Some(limit) = recipe.clip_norm {
            clip(&grads, limit);
        }
        let pick = |from: &[Tensor]| -> Vec<Tensor> {
            used.iter().map(|i| from[*i].shallow_clone()).collect()
        };
        let adam = native::Adam {
            learning_rate: lr,
            beta1: recipe.betas[0],
            beta2: recipe.betas[1],
            weight_decay: recipe.weight_decay,
            epsilon: recipe.eps,
        };
        let tensors = native::AdamTensors {
            params: &pick(&self.params),
            grads: &grads,
            means: &pick(&self.moments),
            squares: &pick(&self.squares),
            steps: &pick(&self.counts),
        };
        adam.update(tensors, None)
    }

    /// Moments and step counts by parameter, for a checkpoint (shallow clones).
    pub fn state(&self) -> Named {
        let mut state = Named::new();
        for (i, name) in self.names.iter().enumerate() {
            state.insert(format!("{name}.exp_avg"), self.moments[i].shallow_clone());
            state.insert(format!("{name}.exp_avg_sq"), self.squares[i].shallow_clone());
            state.insert(format!("{name}.step"), self.counts[i].shallow_clone());
        }
        state
    }

    /// The number of optimised values.
    pub fn parameters(&self) -> u64 {
        self.params.iter().map(|p| p.numel() as u64).sum()
    }
}

fn clip(grads: &[Tensor], limit: f64) {
    no_grad(|| {
        let norms: Vec<Tensor> = grads.iter().map(Tensor::norm).collect();
        let scale = (limit / (Tensor::stack(&norms, 0).norm() + 1e-6)).clamp_max(1.0);
        for grad in grads {
            let _ = grad.shallow_clone().g_mul_(&scale);
        }
    });
}
