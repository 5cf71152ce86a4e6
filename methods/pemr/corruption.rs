//! What the transformer is to restore: sequences, some of whose tokens are replaced.

use bench::{Result, Rng};
use rand::RngExt;
use tch::Tensor;

/// Draws which tokens are masked, each with probability `p`, and what becomes of all of them: zeros
/// (8 times in 10), the token at one position of their sequence (once), or nothing (once).
///
/// # Shapes
/// masked `[rows, tokens, 1]`; weights of a token itself and of the one that replaces it, `[2]`;
/// the position of that one, `[1]`
///
/// # Errors
/// When libtorch cannot hold them.
pub fn draw([rows, tokens]: [i64; 2], p: f64, rng: &mut Rng) -> Result<[Tensor; 3]> {
    let weights: [f32; 2] = match rng.random_range(0..10) {
        0..8 => [0.0, 0.0],
        8 => [0.0, 1.0],
        _ => [1.0, 0.0],
    };
    let position = [rng.random_range(0..tokens)];
    let masked: Vec<bool> = (0..rows * tokens).map(|_| rng.random_bool(p)).collect();
    Ok([
        Tensor::f_from_slice(&masked)?.f_view([rows, tokens, 1])?,
        Tensor::f_from_slice(&weights)?,
        Tensor::f_from_slice(&position)?,
    ])
}

/// Replaces masked tokens, as was drawn.
///
/// # Shapes
/// `[rows, tokens, dim]` and what [`draw`] gives → `[rows, tokens, dim]`
pub fn apply(sequences: &Tensor, masked: &Tensor, weights: &Tensor, position: &Tensor) -> Tensor {
    let other = sequences.index_select(1, position);
    let replaced = sequences * weights.select(0, 0) + other * weights.select(0, 1);
    replaced.where_self(masked, sequences)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bench::Seed;
    use tch::{Device, Kind};

    #[test]
    fn masks_strategies_and_positions_have_their_probabilities() {
        let mut rng = Seed::new(4).stream("test", &[]);
        let (mut strategies, mut positions, mut masked) = ([0_i32; 3], [0_i32; 5], 0);
        for _ in 0..10_000 {
            let drawn = draw([2, 5], 0.15, &mut rng).expect("a corruption");
            let weights = Vec::<f32>::try_from(&drawn[1]).expect("two weights");
            strategies[(weights[0] * 2.0 + weights[1]) as usize] += 1;
            positions[drawn[2].int64_value(&[0]) as usize] += 1;
            masked += drawn[0].sum(Kind::Int64).int64_value(&[]);
        }
        // Five deviations of binomials.
        assert!((masked - 15_000).abs() < 565, "{masked}");
        for (count, expected) in strategies.into_iter().zip([8000, 1000, 1000]) {
            assert!((count - expected).abs() < 200, "{strategies:?}");
        }
        assert!(positions.iter().all(|count| (count - 2000).abs() < 200), "{positions:?}");
    }

    #[test]
    fn masked_tokens_become_zeros_or_another_or_stay() {
        let sequences = Tensor::from_slice(&[1_f32, 2.0, 3.0, 4.0, 5.0, 6.0]).view([2, 3, 1]);
        let masked = Tensor::from_slice(&[true, false, true, false, true, false]).view([2, 3, 1]);
        for (weights, expected) in [
            ([0_f32, 0.0], [0_f32, 2.0, 0.0, 4.0, 0.0, 6.0]),
            ([0.0, 1.0], [2.0, 2.0, 2.0, 4.0, 5.0, 6.0]),
            ([1.0, 0.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ] {
            let (weights, position) = (Tensor::from_slice(&weights), Tensor::from_slice(&[1_i64]));
            let corrupted = apply(&sequences, &masked, &weights, &position).to_device(Device::Cpu);
            assert!(corrupted.view([6]).equal(&Tensor::from_slice(&expected)), "{weights:?}");
        }
    }
}
