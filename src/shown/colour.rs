//! Colours that grow evenly lighter, so that equal steps look equal.

/// Nine evenly spaced colours of viridis.
///
/// Source: Smith and van der Walt, *viridis*, in matplotlib 1.5, 2015 (CC0).
const ANCHORS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 45, 123],
    [59, 82, 139],
    [44, 114, 142],
    [33, 145, 140],
    [40, 174, 128],
    [94, 201, 98],
    [173, 220, 48],
    [253, 231, 37],
];

/// The colour of `value`, from dark blue at 0 to light yellow at 1, as red, green and blue.
pub fn viridis(value: f32) -> [u8; 3] {
    let steps = ANCHORS.len() - 1;
    let place = value.clamp(0.0, 1.0) * steps as f32;
    let below = (place as usize).min(steps - 1);
    let part = place - below as f32;
    std::array::from_fn(|i| {
        let (from, to) = (f32::from(ANCHORS[below][i]), f32::from(ANCHORS[below + 1][i]));
        (from + part * (to - from)).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lightness L* of CIE 1976 of an sRGB colour.
    fn lightness(colour: [u8; 3]) -> f64 {
        let linear = colour.map(|value| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        let luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
        116.0 * luminance.cbrt() - 16.0
    }

    #[test]
    fn equal_steps_are_about_equally_much_lighter() {
        let tenth = |step: u8| lightness(viridis(f32::from(step) / 10.0));
        for step in 0..10 {
            let lighter = tenth(step + 1) - tenth(step);
            assert!((7.0..8.5).contains(&lighter), "{lighter} after {step} tenths");
        }
    }
}
