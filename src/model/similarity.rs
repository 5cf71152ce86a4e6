//! What contrastive losses are made of, always in float32.

use tch::{Kind, Tensor};

use crate::Result;
use crate::native::Autocast;

/// Rows scaled to length 1; those shorter than 1e-8 are divided by 1e-8.
///
/// # Shapes
/// `[rows, dim]` → `[rows, dim]`, float32.
pub fn normalise(rows: &Tensor) -> Tensor {
    let rows = rows.to_kind(Kind::Float);
    let norms = rows.square().sum_dim_intlist(-1, true, Kind::Float).sqrt();
    &rows / norms.clamp_min(1e-8)
}

/// Dot products of all pairs of rows, in float32 inside an autocast scope too.
///
/// # Shapes
/// `[a, dim]`, `[b, dim]` → `[a, b]`
///
/// # Errors
/// When libtorch has no autocast to suspend on their device.
pub fn dots(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let _f32 = Autocast::off(a.device())?;
    Ok(a.to_kind(Kind::Float).matmul(&b.to_kind(Kind::Float).tr()))
}

/// Dot products of rows of equal index.
///
/// # Shapes
/// `[rows, dim]`, `[rows, dim]` → `[rows]`
pub fn paired(a: &Tensor, b: &Tensor) -> Tensor {
    (a * b).sum_dim_intlist(-1, false, Kind::Float)
}

/// True where row and column are the same.
///
/// # Shapes
/// `[n, n]`, on the device of `like`.
pub fn diagonal(n: i64, like: &Tensor) -> Tensor {
    Tensor::eye(n, (Kind::Bool, like.device()))
}
