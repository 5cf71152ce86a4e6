//! What the decoder should say of a patch, and how far off it is.
//!
//! Source: He, Chen, Xie, Li, Dollár and Girshick, *Masked Autoencoders Are Scalable Vision
//! Learners*, CVPR 2022 (arXiv 2111.06377), section 3, "Reconstruction target".

use tch::{Kind, Tensor};

/// Mean and deviation that normalise a patch's pixels: its own if `per_patch`, else 0 and 1.
///
/// # Shapes
/// `[.., pixels]` → twice `[.., 1]`
pub fn scale(pixels: &Tensor, per_patch: bool) -> (Tensor, Tensor) {
    let mean = pixels.mean_dim(-1, true, pixels.kind());
    if !per_patch {
        return (mean.zeros_like(), mean.ones_like());
    }
    (mean, (pixels.var_dim(-1, true, true) + 1e-6).sqrt())
}

/// What is to be reconstructed: log(1 + power), normalised by its [`scale`].
///
/// # Shapes
/// `[batch, tokens, pixels]` → `[batch, tokens, pixels]`
pub fn target(power: &Tensor, per_patch: bool) -> Tensor {
    let pixels = power.log1p();
    let (mean, deviation) = scale(&pixels, per_patch);
    (pixels - mean) / deviation
}

/// The squared error, averaged over the pixels of hidden patches.
///
/// # Shapes
/// `[batch, tokens, pixels]` twice, hidden `[batch, tokens]` → `[]`
pub fn reconstruction(predicted: &Tensor, target: &Tensor, hidden: &Tensor) -> Tensor {
    let squares = (predicted.to_kind(target.kind()) - target).square();
    let patches = squares.mean_dim(-1, false, target.kind());
    (patches * hidden).sum(target.kind()) / hidden.sum(Kind::Int64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patches(patches: [[f64; 2]; 3]) -> Tensor {
        Tensor::from_slice2(&patches).unsqueeze(0)
    }

    fn loss(predicted: [[f64; 2]; 3]) -> f64 {
        let target = patches([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]]);
        let hidden = Tensor::from_slice(&[true, false, true]).unsqueeze(0);
        reconstruction(&patches(predicted), &target, &hidden).double_value(&[])
    }

    #[test]
    fn only_hidden_patches_count_and_each_pixel_of_them_alike() {
        assert_eq!(loss([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]]), 0.0);
        assert_eq!(loss([[0.0, 0.0], [9.0, -9.0], [3.0, 4.0]]), 0.0);
        assert_eq!(loss([[0.0, 0.0], [1.0, 2.0], [3.0, 6.0]]), 1.0);
        assert_eq!(loss([[2.0, 2.0], [1.0, 2.0], [3.0, 6.0]]), 3.0);
    }

    #[test]
    fn a_target_is_the_logarithm_of_one_plus_power_normalised_patch_by_patch_if_asked() {
        let (one, e2) = (1_f64.exp_m1(), 2_f64.exp_m1());
        let power = patches([[0.0, one], [one, one], [e2, 0.0]]);
        let near = |ours: Tensor, expected: Tensor| {
            let error = (ours - expected).abs().max().double_value(&[]);
            assert!(error < 1e-5, "{error}");
        };
        near(target(&power, false), patches([[0.0, 1.0], [1.0, 1.0], [2.0, 0.0]]));
        // Of two values the unbiased deviation is their distance over √2.
        let half = 0.5_f64.sqrt();
        near(target(&power, true), patches([[-half, half], [0.0, 0.0], [half, -half]]));
        let (mean, deviation) = scale(&power.log1p(), true);
        near(target(&power, true) * deviation + mean, power.log1p());
    }
}
