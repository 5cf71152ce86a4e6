//! Mel spectrograms of whole batches as tensor operations, on any device.

use std::cell::RefCell;

use tch::{Kind, Tensor};

use super::{MelSpec, Pad};
use crate::Result;
use crate::native::Autocast;

/// [`Mel`](super::Mel) for batches that lie on a device; equal to it within 1e-4 of the largest
/// value.
#[derive(Debug)]
pub struct DeviceMel {
    spec: MelSpec,
    tables: RefCell<Tables>,
}

/// What a batch is multiplied with.
#[derive(Debug)]
struct Tables {
    /// `[n_fft]`
    window: Tensor,
    /// `[bins, n_mels]`
    filters: Tensor,
}

impl DeviceMel {
    /// Makes the window and the filters; they follow the batches to their device.
    ///
    /// # Errors
    /// As [`MelSpec::check`].
    pub fn new(spec: &MelSpec) -> Result<DeviceMel> {
        spec.check()?;
        let filters = Tensor::f_from_slice(&spec.filterbank())?;
        let filters = filters.f_view([spec.n_mels as i64, spec.bins() as i64])?.f_tr()?;
        let window = Tensor::f_from_slice(&spec.window())?;
        let tables = Tables { window, filters: filters.f_contiguous()? };
        Ok(DeviceMel { spec: *spec, tables: RefCell::new(tables) })
    }

    /// The mel spectrograms of sounds of equal length at the settings' sampling rate, in float32 in
    /// an autocast scope too.
    ///
    /// # Shapes
    /// `[batch, samples]` → `[batch, frames, mels]`, with [`MelSpec::frames`] frames.
    ///
    /// # Errors
    /// When the sounds are too short, as for [`Mel::power`](super::Mel::power).
    pub fn power(&self, waves: &Tensor) -> Result<Tensor> {
        let _f32 = Autocast::off(waves.device())?;
        let mut tables = self.tables.borrow_mut();
        if tables.window.device() != waves.device() {
            let moved = |table: &Tensor| table.f_to_device(waves.device());
            *tables = Tables { window: moved(&tables.window)?, filters: moved(&tables.filters)? };
        }
        let frames =
            self.padded(waves)?.f_unfold(1, self.spec.n_fft as i64, self.spec.hop as i64)?;
        let spectra = frames.f_mul(&tables.window)?.f_fft_rfft(None, -1, "backward")?;
        let powers =
            spectra.f_view_as_real()?.f_square()?.f_sum_dim_intlist(-1, false, Kind::Float)?;
        let raised = match self.spec.power {
            2.0 => powers,
            power => powers.f_pow_tensor_scalar(power / 2.0)?,
        };
        Ok(raised.f_matmul(&tables.filters)?)
    }

    /// [`DeviceMel::power`] in decibels: 10 log10 of powers raised to at least 1e-10.
    ///
    /// # Shapes
    /// `[batch, samples]` → `[batch, frames, mels]`
    ///
    /// # Errors
    /// As [`DeviceMel::power`].
    pub fn decibels(&self, waves: &Tensor) -> Result<Tensor> {
        Ok(self.power(waves)?.f_clamp_min(1e-10)?.f_log10()?.f_mul_scalar(10.0)?)
    }

    /// The sounds with half a frame more at both ends.
    fn padded(&self, waves: &Tensor) -> Result<Tensor> {
        let (half, odd) = ((self.spec.n_fft / 2) as i64, (self.spec.n_fft % 2) as i64);
        let (_, samples) = waves.size2()?;
        self.spec.takes(samples as usize)?;
        let waves = waves.f_to_kind(Kind::Float)?;
        Ok(match self.spec.pad {
            Pad::Reflect => waves.f_reflection_pad1d([half, half])?.f_constant_pad_nd([0, odd])?,
            Pad::Zeros => waves.f_constant_pad_nd([half, half + odd])?,
        })
    }
}
