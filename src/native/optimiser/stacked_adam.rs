//! Adam for parameters of several small networks in one tensor, each with settings of its own.

use tch::{Kind, Tensor};

use crate::native::ffi::{StackedSettings, bench_stacked_adam, check, raw};
use crate::{Error, Result};

/// One update of Adam with coupled weight decay: betas 0.9 and 0.999, epsilon 1e-8.
pub struct StackedAdam<'a> {
    /// Learning rate of each network, float32 `[networks]`.
    pub lr: &'a Tensor,
    /// Weight decay of each network, float32 `[networks]`.
    pub l2: &'a Tensor,
    /// One minus each beta to the power of the number of updates, this one included.
    pub bias: [f32; 2],
}

impl StackedAdam<'_> {
    /// Makes it, in one pass over the memory where that is the CPU's.
    ///
    /// # Shapes
    /// All `[networks, …]`; `grad` is read, the others are written.
    ///
    /// # Errors
    /// When the tensors are not alike, not contiguous float32, or not of so many networks.
    pub fn update(
        &self,
        param: &Tensor,
        grad: &Tensor,
        mean: &Tensor,
        square: &Tensor,
    ) -> Result<()> {
        let size = param.size();
        let ready = |tensor: &&Tensor| tensor.is_contiguous() && tensor.kind() == Kind::Float;
        let stacks = [param, grad, mean, square];
        let settings = [self.lr, self.l2];
        let alike = stacks.iter().all(|stack| stack.size() == size)
            && settings.iter().all(|each| Some(&each.size()[..]) == size.get(..1))
            && stacks.iter().chain(&settings).all(|tensor| tensor.device() == param.device());
        if !alike || !stacks.iter().chain(&settings).all(ready) {
            let networks = self.lr.numel();
            return Err(Error::Invalid(format!("{size:?} is no stack of {networks} networks")));
        }
        let [first, second] = self.bias;
        let settings = StackedSettings { first, second, lr: raw(self.lr), l2: raw(self.l2) };
        // SAFETY: the tensors are borrowed until the call ends, float32, contiguous, on one device
        // and of the shapes that the function reads.
        check(unsafe {
            bench_stacked_adam(&settings, raw(param), raw(grad), raw(mean), raw(square))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    #[test]
    fn an_update_is_bit_for_bit_that_of_the_operators_it_stands_for() {
        tch::manual_seed(1);
        let random = || Tensor::randn([3, 5, 7], (Kind::Float, Device::Cpu));
        let (param, grad, mean, square) = (random(), random(), random(), random().abs());
        let [mut p, mut m, mut v] = [&param, &mean, &square].map(Tensor::copy);
        let [lr, l2] = [[0.1f32, 0.01, 0.003], [0.0, 0.5, 0.01]].map(|x| Tensor::from_slice(&x));
        let bias = [1.0 - 0.9f64.powi(3), 1.0 - 0.999f64.powi(3)];
        let update = StackedAdam { lr: &lr, l2: &l2, bias: bias.map(|b| b as f32) };
        update.update(&param, &grad, &mean, &square).expect("an update");
        let [lr, l2] = [lr, l2].map(|each| each.reshape([3, 1, 1]));
        let g = &grad + l2 * &p;
        m = m * 0.9 + &g * 0.1;
        v = v * 0.999 + g.square() * 0.001;
        p -= lr * (&m / bias[0]) / ((&v / bias[1]).sqrt() + 1e-8);
        for (ours, theirs) in [(param, p), (mean, m), (square, v)] {
            assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn a_gradient_of_another_shape_is_refused() {
        let [param, grad] = [[2, 3], [2, 4]].map(|s| Tensor::zeros(s, (Kind::Float, Device::Cpu)));
        let rates = Tensor::from_slice(&[0.1f32, 0.1]);
        let update = StackedAdam { lr: &rates, l2: &rates, bias: [0.1, 0.001] };
        let error = update.update(&param, &grad, &param, &param).expect_err("another shape");
        assert_eq!(error.to_string(), "[2, 3] is no stack of 2 networks");
    }
}
