//! Which rows a suite compares, and what it corrects for.

use serde::{Deserialize, Serialize};

/// How a suite's comparisons are made and judged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Comparisons {
    /// Which rows are compared.
    pub against: Against,
    /// The correction for making several comparisons.
    pub correction: Correction,
    /// Which comparisons are corrected together.
    pub family: Family,
    /// Differences up to this size do not matter: the region of practical equivalence is from minus
    /// this to this.
    pub rope: f64,
    /// What tells which rows differ over several tasks.
    pub ranks: PostHoc,
}

impl Default for Comparisons {
    fn default() -> Comparisons {
        Comparisons {
            against: Against::default(),
            correction: Correction::default(),
            family: Family::default(),
            rope: 0.01,
            ranks: PostHoc::default(),
        }
    }
}

impl Comparisons {
    /// Whether nothing was chosen.
    pub fn is_default(&self) -> bool {
        *self == Comparisons::default()
    }

    /// What is wrong with them, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        let rope = self.rope;
        let sensible = rope >= 0.0 && rope.is_finite();
        if sensible {
            Ok(())
        } else {
            Err(format!("comparisons.rope is {rope}; it must be 0 or more"))
        }
    }
}

/// Which rows are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// Every row with the baseline, and the pairs that the suite's questions name.
    #[default]
    Baseline,
    /// Every row with every other.
    AllPairs,
}

/// A correction for making several comparisons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// Holm's: all verdicts of a family hold together.
    #[default]
    Holm,
    /// Benjamini and Hochberg's: of a family's verdicts, few are expected to be wrong.
    BenjaminiHochberg,
    /// Bonferroni's: as Holm's, which finds more.
    Bonferroni,
    /// None: every comparison by itself.
    None,
}

/// Which comparisons are corrected together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// All of the suite.
    #[default]
    Suite,
    /// Those on one task by one metric.
    Task,
}

/// What tells which rows differ over several tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostHoc {
    /// Wilcoxon's signed-rank test of each pair, corrected by Holm's method.
    #[default]
    Wilcoxon,
    /// Nemenyi's critical difference of mean ranks.
    Nemenyi,
}
