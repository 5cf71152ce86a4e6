//! Simulated comparisons and intervals, judged by the very functions that the reports call.

pub mod chart;
pub mod coverage;
pub mod errors;
pub mod power;
pub mod question;
pub mod report;
pub mod splits;
pub mod trial;
pub mod world;

use bench::data::parallel::in_order_at_once;
use bench::{Error, Result, Rng, Seed};
use serde::Serialize;

use coverage::Coverage;
use errors::Rate;
use power::Power;

/// The root of every random number drawn here.
pub const SEED: u64 = 2026;

/// How much is simulated.
#[derive(Clone, Copy)]
pub struct Plan {
    /// Simulations of each comparison by a mean over items.
    pub count: usize,
    /// Threads, which change nothing but the time.
    pub threads: usize,
    /// Hears of each figure as it is measured.
    pub tell: fn(&str),
}

impl Plan {
    /// What `count` simulations give, in order; each has a random stream of its own.
    pub fn simulate<T: Send>(
        &self,
        count: usize,
        purpose: &str,
        one: impl Fn(u64, &mut Rng) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let stream = |index: u64| Seed::new(SEED).stream(purpose, &[index]);
        let work = |index: usize| one(index as u64, &mut stream(index as u64));
        let mut found = Vec::with_capacity(count);
        let mut keep = |_: usize, result: Result<T>| -> Result<()> {
            found.push(result?);
            Ok(())
        };
        in_order_at_once(count, self.threads, &work, &mut keep)?;
        Ok(found)
    }
}

/// A share of simulations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The share.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

impl Share {
    /// The share of `count` simulations that `hits` are.
    pub fn of(hits: usize, count: usize) -> Share {
        let value = hits as f64 / count as f64;
        Share { value, error: (value * (1.0 - value) / count as f64).sqrt() }
    }
}

/// All that is measured.
pub struct Findings {
    /// How often equals are told apart.
    pub rates: Vec<Rate>,
    /// How often intervals hold what they are for.
    pub coverage: Vec<Coverage>,
    /// How often a difference is found.
    pub power: Vec<Power>,
}

impl Findings {
    /// Measures everything.
    ///
    /// # Errors
    /// When a score that is simulated is undefined.
    pub fn of(plan: &Plan) -> Result<Findings> {
        let rates = errors::all(plan)?;
        let coverage = coverage::all(plan, &|estimate| estimate.low.zip(estimate.high))?;
        let power = power::all(plan)?;
        Ok(Findings { rates, coverage, power })
    }

    /// The files of a results folder, by name.
    ///
    /// # Errors
    /// Never for figures of this module's making.
    pub fn files(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let mut files = vec![
            ("errors.csv".to_string(), csv(&self.rates)?),
            ("coverage.csv".into(), csv(&self.coverage)?),
            ("power.csv".into(), csv(&self.power)?),
            ("report.md".into(), report::markdown(self).into_bytes()),
        ];
        let charts = power::metrics(&self.power).into_iter().filter_map(|metric| {
            let chart = chart::figure(&self.power, metric)?;
            Some((format!("{}.svg", chart.name), chart.file().into_bytes()))
        });
        files.extend(charts);
        Ok(files)
    }

    /// The promises that do not hold: tests and intervals that claim more than they may.
    pub fn broken(&self) -> Vec<String> {
        let rates = self.rates.iter().filter(|rate| rate.broken()).map(ToString::to_string);
        let narrow = self.coverage.iter().filter(|corner| corner.narrow());
        rates.chain(narrow.map(ToString::to_string)).collect()
    }
}

fn csv<T: Serialize>(rows: &[T]) -> Result<Vec<u8>> {
    let failed = |e: &dyn std::fmt::Display| Error::Failed(format!("a row cannot be written: {e}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.iter().try_for_each(|row| writer.serialize(row)).map_err(|e| failed(&e))?;
    writer.into_inner().map_err(|e| failed(&e))
}

/// To six significant digits, as in the tables of the results.
fn rounded(value: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let scale = 10f64.powi(5 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}
