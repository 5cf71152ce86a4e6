//! Mel spectrograms of whole batches as tensor operations, on any device.

use tch::{Device, Kind, Tensor};

use super::{MelSpec, Pad};
use crate::native::Autocast;
use crate::{Error, Result};

/// [`Mel`](super::Mel) for batches that lie on a device; equal to it within 1e-4 of the largest
/// value.
#[derive(Debug)]
pub struct DeviceMel {
    spec: MelSpec,
    /// `[n_fft]`
    window: Tensor,
    /// `[bins, n_mels]`
    filters: Tensor,
}

impl DeviceMel {
    /// Keeps the window and the filters on `device`.
    ///
    /// # Errors
    /// As [`MelSpec::check`].
    pub fn new(spec: &MelSpec, device: Device) -> Result<DeviceMel> {
        spec.check()?;
        let filters = Tensor::f_from_slice(&spec.filterbank())?;
        let filters = filters.f_view([spec.n_mels as i64, spec.bins() as i64])?.f_tr()?;
        let window = Tensor::f_from_slice(&spec.window())?;
        Ok(DeviceMel {
            spec: *spec,
            window: window.f_to_device(device)?,
            filters: filters.f_contiguous()?.f_to_device(device)?,
        })
    }

    /// The settings.
    pub fn spec(&self) -> &MelSpec {
        &self.spec
    }

    /// The mel spectrograms of sounds of equal length at the settings' sampling rate, in float32 in
    /// an autocast scope too.
    ///
    /// # Shapes
    /// `[batch, samples]` → `[batch, frames, mels]`, with [`MelSpec::frames`] frames.
    ///
    /// # Errors
    /// When the sounds are too short, as for [`Mel::power`](super::Mel::power), or not where the
    /// window is.
    pub fn power(&self, waves: &Tensor) -> Result<Tensor> {
        let _f32 = Autocast::off(waves.device())?;
        let frames =
            self.padded(waves)?.f_unfold(1, self.spec.n_fft as i64, self.spec.hop as i64)?;
        let spectra = frames.f_mul(&self.window)?.f_fft_rfft(None, -1, "backward")?;
        let powers =
            spectra.f_view_as_real()?.f_square()?.f_sum_dim_intlist(-1, false, Kind::Float)?;
        let raised = match self.spec.power {
            2.0 => powers,
            power => powers.f_pow_tensor_scalar(power / 2.0)?,
        };
        Ok(raised.f_matmul(&self.filters)?)
    }

    /// The sounds with half a frame more at both ends.
    fn padded(&self, waves: &Tensor) -> Result<Tensor> {
        let (half, odd) = ((self.spec.n_fft / 2) as i64, (self.spec.n_fft % 2) as i64);
        let (_, samples) = waves.size2()?;
        let least = if self.spec.pad == Pad::Reflect { half + 1 } else { 1 };
        if samples < least {
            let message =
                format!("mel spectrogram: {samples} samples; at least {least} are needed");
            return Err(Error::Invalid(message));
        }
        let waves = waves.f_to_kind(Kind::Float)?;
        Ok(match self.spec.pad {
            Pad::Reflect => waves.f_reflection_pad1d([half, half])?.f_constant_pad_nd([0, odd])?,
            Pad::Zeros => waves.f_constant_pad_nd([half, half + odd])?,
        })
    }
}
