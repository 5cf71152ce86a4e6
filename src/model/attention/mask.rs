//! Which patches stay visible.

use rand::RngExt;
use tch::{Kind, Tensor};

use crate::{Result, Rng};

/// Draws for every row, without replacement, the `tokens − ⌊mask · tokens⌋` tokens that stay
/// visible.
///
/// # Shapes
/// `[rows, kept]`, int64, from 0 to `tokens − 1`
///
/// # Errors
/// When libtorch cannot hold them.
pub fn keep([rows, tokens]: [i64; 2], mask: f64, rng: &mut Rng) -> Result<Tensor> {
    let kept = tokens - (mask * tokens as f64).floor() as i64;
    let mut all: Vec<i64> = (0..tokens).collect();
    let mut drawn = Vec::with_capacity((rows * kept) as usize);
    for _ in 0..rows {
        // A shuffle may start from any order, so the last row's is as good as a fresh one.
        for i in 0..kept as usize {
            all.swap(i, rng.random_range(i..tokens as usize));
        }
        drawn.extend_from_slice(&all[..kept as usize]);
    }
    Ok(Tensor::f_from_slice(&drawn)?.f_view([rows, kept])?)
}

/// True where a token is hidden; `keep` names the visible ones.
///
/// # Shapes
/// `[rows, kept]` → `[rows, tokens]`
pub fn hidden(keep: &Tensor, tokens: i64) -> Tensor {
    Tensor::ones([keep.size()[0], tokens], (Kind::Bool, keep.device())).scatter_value(1, keep, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn nine_tenths_of_48_and_of_49_patches_leave_five() {
        let mut rng = Seed::new(0).stream("test", &[]);
        for tokens in [48, 49] {
            let drawn = keep([3, tokens], 0.9, &mut rng).expect("a mask");
            assert_eq!(drawn.size(), [3, 5], "of {tokens} tokens");
        }
    }

    #[test]
    fn no_patch_is_kept_twice_and_all_are_kept_equally_often() {
        let mut rng = Seed::new(1).stream("test", &[]);
        let mut counts = [0; 10];
        for row in Vec::<Vec<i64>>::try_from(keep([20_000, 10], 0.7, &mut rng).expect("a mask"))
            .expect("rows")
        {
            assert!(row[0] != row[1] && row[0] != row[2] && row[1] != row[2], "{row:?}");
            row.iter().for_each(|&token| counts[token as usize] += 1);
        }
        // Binomial with n = 20,000 and p = 0.3: five deviations are 324.
        assert!(counts.iter().all(|n: &i32| (n - 6000).abs() < 324), "{counts:?}");
    }
}
