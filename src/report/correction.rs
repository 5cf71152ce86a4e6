//! The corrections for making several comparisons, in words.

use crate::eval::comparisons::Correction;

/// How a correction is spoken of.
pub(super) struct Named {
    /// What it is called, and whose it is (`Holm`, `Holm's`); none where nothing is corrected.
    pub names: Option<[&'static str; 2]>,
    /// What its p values are: `Holm-corrected`.
    pub corrected: &'static str,
    /// Their column in `table.csv`.
    pub column: &'static str,
    /// What the verdicts of a family promise.
    pub promise: &'static str,
}

const ALL_HOLD: &str = "the chance that any ▲ or ▼ of a family is wrong is at most 5 %";
const FEW_WRONG: &str = "of the ▲ and ▼ of a family, at most 5 % are expected to be wrong";
const EACH_ALONE: &str = "of comparisons in which nothing differs, 5 % come out as ▲ or ▼";

const HOLM: Named = Named {
    names: Some(["Holm", "Holm's"]),
    corrected: "Holm-corrected",
    column: "p_holm",
    promise: ALL_HOLD,
};
const BENJAMINI_HOCHBERG: Named = Named {
    names: Some(["Benjamini-Hochberg", "Benjamini and Hochberg's"]),
    corrected: "Benjamini-Hochberg-corrected",
    column: "p_benjamini_hochberg",
    promise: FEW_WRONG,
};
const BONFERRONI: Named = Named {
    names: Some(["Bonferroni", "Bonferroni's"]),
    corrected: "Bonferroni-corrected",
    column: "p_bonferroni",
    promise: ALL_HOLD,
};
const UNCORRECTED: Named =
    Named { names: None, corrected: "uncorrected", column: "p_uncorrected", promise: EACH_ALONE };

/// How a correction is spoken of.
pub(super) fn named(correction: Correction) -> &'static Named {
    match correction {
        Correction::Holm => &HOLM,
        Correction::BenjaminiHochberg => &BENJAMINI_HOCHBERG,
        Correction::Bonferroni => &BONFERRONI,
        Correction::None => &UNCORRECTED,
    }
}
