//! Adam as one operator over all parameters.

use tch::Tensor;

use crate::native::ffi::{
    AdamLists, RawTensor, bench_forget_gradients, bench_fused_adam, check, raw,
};
use crate::{Error, Result};

/// The settings of one Adam update.
///
/// D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
/// <https://arxiv.org/abs/1412.6980>.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Adam {
    /// Step size, above 0.
    pub learning_rate: f64,
    /// Decay of the mean of gradients, in [0, 1).
    pub beta1: f64,
    /// Decay of the mean of squared gradients, in [0, 1).
    pub beta2: f64,
    /// Factor of the parameter that is added to its gradient; 0 for none.
    pub weight_decay: f64,
    /// Added to the root of the squares' mean, above 0.
    pub epsilon: f64,
    /// Whether weight decay shrinks the parameter itself, as in torch's `AdamW`, in place of adding
    /// to its gradient.
    pub decoupled: bool,
}

/// What an update reads and writes: one entry per parameter in each list, all on one device.
#[derive(Clone, Copy, Debug)]
pub struct AdamTensors<'a> {
    /// The parameters; written.
    pub params: &'a [Tensor],
    /// Their gradients, all defined, of the parameters' shapes.
    pub grads: &'a [Tensor],
    /// Running means of the gradients, zero at first; written.
    pub means: &'a [Tensor],
    /// Running means of the squared gradients, zero at first; written.
    pub squares: &'a [Tensor],
    /// Updates made so far, `[]` f32, zero at first, one of its own for each parameter; written.
    pub steps: &'a [Tensor],
}

impl Adam {
    /// Makes one update.
    ///
    /// # Errors
    /// Lists of different lengths, or tensors that libtorch refuses.
    pub fn update(&self, tensors: AdamTensors<'_>) -> Result<()> {
        let AdamTensors { params, grads, means, squares, steps } = tensors;
        check_lists(params, grads, &[means, squares, steps])?;
        let count = params.len();
        let [params, grads, means, squares, steps] =
            [params, grads, means, squares, steps].map(pointers);
        let lists = AdamLists {
            count,
            params: params.as_ptr(),
            grads: grads.as_ptr(),
            means: means.as_ptr(),
            squares: squares.as_ptr(),
            steps: steps.as_ptr(),
        };
        // SAFETY: each list holds `count` pointers to tensors that are borrowed until the call
        // ends.
        check(unsafe { bench_fused_adam(self, &lists) })
    }
}

/// Leaves every parameter without a gradient, as before its first backward pass; tch can only fill
/// it with zeros, and a zero gradient still moves a parameter that has momentum.
///
/// # Errors
/// When libtorch refuses.
pub fn forget_gradients(params: &[Tensor]) -> Result<()> {
    let pointers = pointers(params);
    // SAFETY: the list holds that many pointers to tensors that are borrowed until the call ends.
    check(unsafe { bench_forget_gradients(pointers.len(), pointers.as_ptr()) })
}

/// Refuses lists of other lengths than that of `params`, and gradients that are not defined.
pub(super) fn check_lists(params: &[Tensor], grads: &[Tensor], others: &[&[Tensor]]) -> Result<()> {
    let count = params.len();
    if grads.len() != count || others.iter().any(|list| list.len() != count) {
        return Err(Error::Invalid(format!("{count} parameters, but lists of other lengths")));
    }
    match grads.iter().position(|grad| !grad.defined()) {
        Some(missing) => Err(Error::Invalid(format!("parameter {missing} has no gradient"))),
        None => Ok(()),
    }
}

pub(super) fn pointers(tensors: &[Tensor]) -> Vec<RawTensor> {
    tensors.iter().map(raw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Device, Kind};

    const ADAM: Adam = Adam {
        learning_rate: 0.1,
        beta1: 0.9,
        beta2: 0.999,
        weight_decay: 0.0,
        epsilon: 1e-12,
        decoupled: false,
    };

    fn scalar(value: f32) -> Tensor {
        Tensor::from(value)
    }

    fn update() -> [f64; 2] {
        let [param, step] = [scalar(1.0), scalar(0.0)];
        let tensors = AdamTensors {
            params: &[param.shallow_clone()],
            grads: &[scalar(-3.0)],
            means: &[scalar(0.0)],
            squares: &[scalar(0.0)],
            steps: &[step.shallow_clone()],
        };
        ADAM.update(tensors).expect("one update");
        [param.double_value(&[]), step.double_value(&[])]
    }

    #[test]
    fn the_first_update_moves_by_the_learning_rate_against_the_gradient() {
        let [param, step] = update();
        assert!((param - 1.1).abs() < 1e-6);
        assert_eq!(step, 1.0);
    }

    #[test]
    fn a_leaf_that_requires_a_gradient_can_be_updated() {
        let param = Tensor::ones([3], (Kind::Float, Device::Cpu)).set_requires_grad(true);
        (&param * 2.0).sum(Kind::Float).backward();
        let zeros = || [Tensor::zeros([3], (Kind::Float, Device::Cpu))];
        let (means, squares) = (zeros(), zeros());
        let (grads, steps) = ([param.grad()], [scalar(0.0)]);
        let params = [param.shallow_clone()];
        let tensors = AdamTensors {
            params: &params,
            grads: &grads,
            means: &means,
            squares: &squares,
            steps: &steps,
        };
        ADAM.update(tensors).expect("one update");
        assert!((param.double_value(&[1]) - 0.9).abs() < 1e-6);
    }

    #[test]
    fn a_parameter_without_a_gradient_is_refused() {
        let list = [scalar(0.0)];
        let none = [Tensor::new()];
        let tensors =
            AdamTensors { params: &list, grads: &none, means: &list, squares: &list, steps: &list };
        let error = ADAM.update(tensors).expect_err("no gradient");
        assert_eq!(error.to_string(), "parameter 0 has no gradient");
    }
}
