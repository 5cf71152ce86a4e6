//! Optimisers whose state is ours to save, stepped by libtorch's fused operators.

use tch::{Kind, Tensor, no_grad};

use super::{Optimiser, Recipe};
use crate::error::Result;
use crate::native;
use crate::tensors::Named;

/// The updates of a network's parameters: what the optimiser remembers of each, under the names of
/// `torch.optim`.
pub struct Updates {
    names: Vec<String>,
    params: Vec<Tensor>,
    /// One tensor per parameter behind each name.
    memory: Vec<(&'static str, Vec<Tensor>)>,
    recipe: Recipe,
}

impl Updates {
    /// Nothing remembered of the trainable ones among `variables`.
    pub fn new(variables: &Named, recipe: &Recipe) -> Updates {
        let trainable = variables.iter().filter(|(_, variable)| variable.requires_grad());
        let (names, params): (Vec<String>, Vec<Tensor>) =
            trainable.map(|(name, variable)| (name.clone(), variable.shallow_clone())).unzip();
        let zeros = || params.iter().map(|p| p.zeros_like().detach()).collect();
        let count = |p: &Tensor| Tensor::zeros([], (Kind::Float, p.device()));
        let memory = match recipe.optimiser {
            Optimiser::Adam | Optimiser::Adamw => vec![
                ("exp_avg", zeros()),
                ("exp_avg_sq", zeros()),
                ("step", params.iter().map(count).collect()),
            ],
            Optimiser::Sgd => vec![("momentum_buffer", zeros())],
        };
        Updates { names, params, memory, recipe: recipe.clone() }
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
    pub fn step(&mut self, lr: f64) -> Result<()> {
        let recipe = &self.recipe;
        let used: Vec<usize> =
            (0..self.params.len()).filter(|i| self.params[*i].grad().defined()).collect();
        let grads: Vec<Tensor> = used.iter().map(|i| self.params[*i].grad()).collect();
        if let Some(limit) = recipe.clip_norm {
            clip(&grads, limit);
        }
        let pick = |from: &[Tensor]| -> Vec<Tensor> {
            used.iter().map(|i| from[*i].shallow_clone()).collect()
        };
        let params = pick(&self.params);
        let memory: Vec<Vec<Tensor>> = self.memory.iter().map(|(_, all)| pick(all)).collect();
        match memory.as_slice() {
            [means, squares, steps] => {
                let adam = native::Adam {
                    learning_rate: lr,
                    beta1: recipe.betas[0],
                    beta2: recipe.betas[1],
                    weight_decay: recipe.weight_decay,
                    epsilon: recipe.eps,
                    decoupled: recipe.optimiser == Optimiser::Adamw,
                };
                let (params, grads) = (&params, &grads);
                adam.update(native::AdamTensors { params, grads, means, squares, steps })
            }
            memory => {
                let sgd = native::Sgd {
                    learning_rate: lr,
                    momentum: recipe.momentum,
                    weight_decay: recipe.weight_decay,
                };
                sgd.update(&params, &grads, &memory[0])
            }
        }
    }

    /// What is remembered by parameter, for a checkpoint (shallow clones).
    pub fn state(&self) -> Named {
        let mut state = Named::new();
        for (what, tensors) in &self.memory {
            for (name, tensor) in self.names.iter().zip(tensors) {
                state.insert(format!("{name}.{what}"), tensor.shallow_clone());
            }
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
