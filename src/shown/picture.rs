//! Spectrograms as PNG.

use tch::{Kind, Tensor};

use super::colour::viridis;
use crate::error::{Error, Result};

/// Side of the square that is drawn for every value, in pixels.
pub const SIDE: usize = 4;
/// Pixels between two panels.
pub const GAP: usize = 8;
const PAPER: [u8; 3] = [255; 3];
const NOTHING: [u8; 3] = [208; 3];

/// The file of some spectrograms side by side: time to the right, low bands at the bottom, log(1 +
/// value) from dark at 0 to light at the highest of all, grey where there is no number.
///
/// # Shapes
/// each `[frames, bands]`, as many bands in all
///
/// # Errors
/// When there is nothing to draw, or panels have different numbers of bands.
pub fn png(panels: &[Tensor]) -> Result<Vec<u8>> {
    let panels = panels.iter().map(|panel| Ok(Vec::try_from(panel.log1p().to_kind(Kind::Float))?));
    let panels = panels.collect::<Result<Vec<Vec<Vec<f32>>>>>()?;
    let values = panels.iter().flatten().flatten();
    let highest =
        values.copied().filter(|value| value.is_finite()).fold(f32::MIN_POSITIVE, f32::max);
    let bands = panels.first().and_then(|panel| panel.first()).map_or(0, Vec::len);
    if panels.iter().flatten().any(|frame| frame.len() != bands) {
        return Err(Error::Invalid("a picture: its panels have different numbers of bands".into()));
    }
    let mut pixels = Vec::new();
    for row in 0..bands * SIDE {
        for (i, panel) in panels.iter().enumerate() {
            if i > 0 {
                pixels.extend(PAPER.repeat(GAP));
            }
            for frame in panel {
                let value = frame[bands - 1 - row / SIDE];
                let colour = if value.is_nan() { NOTHING } else { viridis(value / highest) };
                pixels.extend(colour.repeat(SIDE));
            }
        }
    }
    encode(&pixels, bands * SIDE).map_err(|e| Error::Invalid(format!("a picture: {e}")))
}

/// Red, green and blue, row by row from the top, as a PNG file of `height` rows.
fn encode(pixels: &[u8], height: usize) -> Result<Vec<u8>, png::EncodingError> {
    let width = pixels.len() / 3 / height.max(1);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// Width, height, and the colour in the middle of a place, given in values from the top left.
    fn decode(file: &[u8]) -> (usize, usize, impl Fn(usize, usize) -> [u8; 3] + use<>) {
        let mut reader = png::Decoder::new(Cursor::new(file.to_vec())).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let (width, height) = (info.width as usize, info.height as usize);
        let colour = move |x: usize, y: usize| {
            let place = 3 * (y * width + x);
            [pixels[place], pixels[place + 1], pixels[place + 2]]
        };
        (width, height, colour)
    }

    #[test]
    fn low_bands_are_at_the_bottom_and_time_goes_to_the_right() {
        let one = 1_f64.exp_m1();
        // The first frame is loud in its lowest band, the second frame half as much in its highest.
        let panel = Tensor::from_slice(&[one, 0.0, 0.0, 0.0, f64::NAN, 0.5_f64.exp_m1()]);
        let quiet = Tensor::zeros([1, 3], (Kind::Double, tch::Device::Cpu));
        let (width, height, colour) = decode(&png(&[panel.view([2, 3]), quiet]).unwrap());
        assert_eq!((width, height), (3 * SIDE + GAP, 3 * SIDE));
        let at = |column: usize, row: usize| colour(column * SIDE + 1, row * SIDE + 1);
        let (dark, middle, light) = ([68, 1, 84], [33, 145, 140], [253, 231, 37]);
        assert_eq!([at(0, 2), at(0, 1), at(0, 0)], [light, dark, dark]);
        assert_eq!([at(1, 2), at(1, 1), at(1, 0)], [dark, NOTHING, middle]);
        assert_eq!(colour(2 * SIDE + 1, 0), PAPER);
        assert_eq!(colour(2 * SIDE + GAP + 1, 0), dark);
    }
}
