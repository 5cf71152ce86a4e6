//! From values to places on paper.

/// An axis from `low` to `high`, drawn between two places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    logarithmic: bool,
}

impl Axis {
    /// A linear axis that holds all of `values` and a little more, drawn from one place to another.
    ///
    /// None where no value is a number.
    pub fn linear(values: impl IntoIterator<Item = f64>, from: f64, to: f64) -> Option<Axis> {
        Axis::over(values, [from, to], false)
    }

    /// A linear axis from 1 to `last`, without margins.
    pub fn whole(last: usize, from: f64, to: f64) -> Axis {
        Axis { low: 1.0, high: last as f64, from, to, logarithmic: false }
    }

    /// A logarithmic axis, of positive values.
    pub fn logarithmic(values: impl IntoIterator<Item = f64>, from: f64, to: f64) -> Option<Axis> {
        let logarithms = values.into_iter().filter(|value| *value > 0.0).map(f64::log10);
        Axis::over(logarithms, [from, to], true)
    }

    fn over(
        values: impl IntoIterator<Item = f64>,
        [from, to]: [f64; 2],
        logarithmic: bool,
    ) -> Option<Axis> {
        let finite = values.into_iter().filter(|value| value.is_finite());
        let (low, high) = finite.fold(None, |ends: Option<(f64, f64)>, value| {
            let (low, high) = ends.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        })?;
        let margin = if high > low { 0.04 * (high - low) } else { 0.5 };
        Some(Axis { low: low - margin, high: high + margin, from, to, logarithmic })
    }

    /// Where a value stands.
    pub fn place(&self, value: f64) -> f64 {
        let value = if self.logarithmic { value.log10() } else { value };
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// Some three to eight round values with their places and words.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let span = self.high - self.low;
        if self.logarithmic && span < 1.0 {
            return self.within_a_decade();
        }
        let step = if self.logarithmic { 1.0 } else { round_step(span / 5.0) };
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        let values = (first..=last).map(|tick| tick as f64 * step);
        let word = |value: f64| match self.logarithmic {
            true => quantity(10f64.powf(value)),
            false => format!("{value:.decimals$}"),
        };
        let place = |value: f64| if self.logarithmic { 10f64.powf(value) } else { value };
        values.map(|value| (self.place(place(value)), word(value))).collect()
    }

    /// 1, 1.5, 2, 3, 5 and 7 times powers of ten.
    fn within_a_decade(&self) -> Vec<(f64, String)> {
        let decades = self.low.floor() as i32..=self.high.floor() as i32;
        let values = decades.flat_map(|decade| {
            [1.0, 1.5, 2.0, 3.0, 5.0, 7.0].map(|digit| digit * 10f64.powi(decade))
        });
        let inside = |value: &f64| (self.low..=self.high).contains(&value.log10());
        values.filter(inside).map(|value| (self.place(value), quantity(value))).collect()
    }
}

/// 1, 2 or 5 times a power of ten, the nearest above `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let digits = [1.0, 2.0, 5.0, 10.0].into_iter().find(|digit| digit * power >= step);
    digits.unwrap_or(10.0) * power
}

/// `300 k`, `1.5 M`, `2e12`.
fn quantity(value: f64) -> String {
    let scaled = |by: f64, unit: &str| {
        let digits = format!("{:.1}", value / by);
        format!("{}{unit}", digits.strip_suffix(".0").unwrap_or(&digits))
    };
    match value {
        value if value < 1e3 => scaled(1.0, ""),
        value if value < 1e6 => scaled(1e3, " k"),
        value if value < 1e9 => scaled(1e6, " M"),
        value => format!("{value:.1e}").replace(".0e", "e"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(axis: Axis) -> Vec<String> {
        axis.ticks().into_iter().map(|(_, word)| word).collect()
    }

    #[test]
    fn ticks_are_round_and_lie_on_the_axis() {
        let axis = Axis::linear([-0.03, 0.52], 0.0, 100.0).unwrap();
        assert_eq!(words(axis), ["0.0", "0.2", "0.4"]);
        assert!(axis.ticks().iter().all(|(place, _)| (0.0..=100.0).contains(place)));
        let axis = Axis::logarithmic([184_896.0, 331_584.0], 0.0, 100.0).unwrap();
        assert_eq!(words(axis), ["200 k", "300 k"]);
        let axis = Axis::logarithmic([1e3, 2e6], 0.0, 100.0).unwrap();
        assert_eq!(words(axis), ["1 k", "10 k", "100 k", "1 M"]);
    }

    #[test]
    fn one_value_stands_in_the_middle() {
        let axis = Axis::linear([0.3, 0.3], 0.0, 100.0).unwrap();
        assert!((axis.place(0.3) - 50.0).abs() < 1e-9);
        assert_eq!(Axis::linear([], 0.0, 100.0), None);
    }
}
