//! Counting floating-point operations while the operators run.

use super::count;
use crate::Result;
use crate::native::ffi::{bench_pause_flops, bench_start_flops};

/// Runs `work` and counts the floating-point operations of its products, forward and backward.
///
/// Counted are matrix products, convolutions and fused attention, two operations for each
/// multiply-add, as their definition needs them: what a backward kernel computes again is left out,
/// so that a step counts the same on every device. Element-wise operators, reductions and
/// transforms are not counted, nor is the work of other threads than this one and the backward
/// threads it waits for.
///
/// # Errors
/// When called inside itself.
pub fn count_flops<T>(work: impl FnOnce() -> T) -> Result<(T, u64)> {
    // SAFETY: it makes a counter.
    unsafe { count(bench_start_flops, work) }
}

/// Runs `work` without counting what it does on this thread, inside [`count_flops`] too: what is
/// computed once more than its definition asks for.
pub fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    let _pause = Pause::begin();
    work()
}

/// Counts again when dropped.
struct Pause;

impl Pause {
    fn begin() -> Pause {
        // SAFETY: takes and gives numbers only.
        unsafe { bench_pause_flops(1) };
        Pause
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { bench_pause_flops(-1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Device, Kind, Tensor};

    fn randn(shape: &[i64]) -> Tensor {
        Tensor::randn(shape, (Kind::Float, Device::Cpu)).set_requires_grad(true)
    }

    /// Forward alone, and forward with backward to every operand.
    fn flops(operation: impl Fn() -> Tensor) -> [u64; 2] {
        let forward = count_flops(|| tch::no_grad(&operation)).expect("not nested").1;
        let both = count_flops(|| operation().sum(Kind::Float).backward()).expect("not nested").1;
        [forward, both]
    }

    #[test]
    fn a_linear_layer_has_its_closed_form() {
        let (x, w, b) = (randn(&[5, 7]), randn(&[11, 7]), randn(&[11]));
        assert_eq!(flops(|| x.linear(&w, Some(&b))), [2 * 5 * 7 * 11, 3 * 2 * 5 * 7 * 11]);
        assert_eq!(flops(|| x.linear(&w, None::<Tensor>)), [2 * 5 * 7 * 11, 3 * 2 * 5 * 7 * 11]);
    }

    #[test]
    fn a_linear_layer_over_tokens_has_its_closed_form() {
        let (x, w, b) = (randn(&[2, 5, 7]), randn(&[11, 7]), randn(&[11]));
        assert_eq!(flops(|| x.linear(&w, Some(&b))), [2 * 10 * 7 * 11, 3 * 2 * 10 * 7 * 11]);
    }

    #[test]
    fn a_batched_product_has_its_closed_form() {
        let (a, b) = (randn(&[3, 4, 5, 6]), randn(&[3, 4, 6, 7]));
        assert_eq!(flops(|| a.matmul(&b)), [2 * 12 * 5 * 6 * 7, 3 * 2 * 12 * 5 * 6 * 7]);
    }

    #[test]
    fn an_einsum_has_its_closed_form() {
        let (a, b) = (randn(&[3, 5, 6]), randn(&[3, 6, 7]));
        let product = || Tensor::einsum("bij,bjk->bik", &[&a, &b], None::<i64>);
        assert_eq!(flops(product), [2 * 3 * 5 * 6 * 7, 3 * 2 * 3 * 5 * 6 * 7]);
    }

    #[test]
    fn a_convolution_has_its_closed_form() {
        let (x, w, b) = (randn(&[2, 6, 100]), randn(&[8, 3, 5]), randn(&[8]));
        let out = (100 + 2 * 2 - 2 * 4 - 1) / 3 + 1;
        let forward = 2 * 2 * 8 * out * 3 * 5;
        assert_eq!(flops(|| x.conv1d(&w, Some(&b), 3, 2, 2, 2)), [forward, 3 * forward]);
    }

    #[test]
    fn a_transposed_convolution_has_its_closed_form() {
        let (x, w) = (randn(&[2, 6, 10, 9]), randn(&[6, 4, 3, 2]));
        let forward = 2 * 2 * 6 * 10 * 9 * 4 * 3 * 2;
        let operation = || x.conv_transpose2d(&w, None::<Tensor>, 2, 1, 1, 1, 1);
        assert_eq!(flops(operation), [forward, 3 * forward]);
    }

    #[test]
    fn attention_counts_the_same_fused_or_not() {
        let [q, k, v] = [(); 3].map(|()| randn(&[2, 3, 40, 16]));
        let attention = |dropout: f64| {
            flops(|| {
                Tensor::scaled_dot_product_attention(
                    &q,
                    &k,
                    &v,
                    None::<Tensor>,
                    dropout,
                    false,
                    None,
                    false,
                )
            })
        };
        let forward = 2 * 2 * 2 * 3 * 40 * 40 * 16;
        assert_eq!(attention(0.0), [forward, 3 * forward]);
        assert_eq!(attention(0.1), [forward, 3 * forward]);
    }

    #[test]
    fn the_first_layer_needs_no_gradient_of_its_input() {
        let (x, w) = (randn(&[5, 7]).detach(), randn(&[11, 7]));
        assert_eq!(flops(|| x.linear(&w, None::<Tensor>))[1], 2 * 2 * 5 * 7 * 11);
    }

    #[test]
    fn what_is_left_out_is_not_counted_and_what_follows_is() {
        let (x, w) = (randn(&[5, 7]), randn(&[11, 7]));
        let once = || {
            drop(uncounted(|| x.linear(&w, None::<Tensor>)));
            x.linear(&w, None::<Tensor>)
        };
        assert_eq!(flops(once), [2 * 5 * 7 * 11, 3 * 2 * 5 * 7 * 11]);
    }

    #[test]
    fn counting_inside_counting_is_refused_and_ends_with_its_scope() {
        let nested = count_flops(|| count_flops(|| ()).is_err()).expect("not nested");
        assert_eq!(nested, (true, 0));
        assert!(count_flops(|| ()).is_ok());
    }
}
