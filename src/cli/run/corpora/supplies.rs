//! Hands out what rows are trained on, as far as it is there.

use std::collections::BTreeMap;

use super::absent::LeftOut;
use super::training_items::{labelled, unlabelled};
use crate::cli::run::plan::{PlannedRow, PlannedTask};
use crate::data::Corpora;
use crate::error::{Error, Result};
use crate::eval::suite::Suite;

/// What rows are trained on is taken from here.
pub struct Supplies<'b> {
    /// Says which corpora and labels rows are trained on.
    pub suite: &'b Suite,
    /// The corpora that are there.
    pub corpora: &'b Corpora,
    /// The tasks that are asked.
    pub tasks: &'b [PlannedTask],
    /// Why a corpus is not there.
    pub gone: &'b BTreeMap<String, String>,
    /// The suite's file, for messages.
    pub place: &'b str,
}

impl Supplies<'_> {
    /// Gives the rows what they are trained on; those for which it is not there are left out.
    ///
    /// # Errors
    /// When a row would learn from tested items, or from labels that there are not.
    pub fn hand_out<'a>(
        &self,
        rows: Vec<PlannedRow<'a>>,
        left_out: &mut LeftOut<'a>,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<PlannedRow<'a>>> {
        let mut kept = Vec::new();
        for mut planned in rows {
            let wrong = format!("{}, row {}", self.place, planned.row.name);
            let lacking = self.labels(&mut planned);
            match lacking.map_err(|e| Error::settings(wrong, e.told()))? {
                Some(why) => left_out.rows.push((planned, why)),
                None => kept.push(planned),
            }
        }
        let pretrain = &self.suite.pretrain.corpora;
        let gone = pretrain.iter().find_map(|name| self.gone.get(name));
        if let Some(why) = gone {
            leave_out(&mut kept, left_out, |planned| planned.fills_up().then(|| why.clone()));
        } else if kept.iter().any(PlannedRow::fills_up) {
            let wrong = |e: Error| match e {
                Error::Data { .. } => Error::settings(self.place, e.told()),
                other => other,
            };
            let (free, overlaps) =
                unlabelled(self.suite, self.corpora, self.tasks).map_err(wrong)?;
            kept.iter_mut()
                .filter(|planned| planned.fills_up())
                .for_each(|planned| planned.unlabelled.clone_from(&free));
            warnings.extend(overlaps);
        }
        let without: BTreeMap<String, String> =
            left_out.rows.iter().map(|(row, why)| (row.row.name.clone(), why.clone())).collect();
        let made_of = |planned: &PlannedRow<'_>| without.get(planned.row.from.as_ref()?).cloned();
        leave_out(&mut kept, left_out, made_of);
        for overlap in kept.iter().filter_map(|p| p.labelled.as_ref()).flat_map(|l| &l.overlaps) {
            let overlap = format!("labels: {overlap}");
            if !warnings.contains(&overlap) {
                warnings.push(overlap);
            }
        }
        Ok(kept)
    }

    /// Gives a row its labels, or says why they are not there.
    fn labels(&self, planned: &mut PlannedRow<'_>) -> Result<Option<String>> {
        let Some(source) = planned.label_source(self.suite)?.cloned() else { return Ok(None) };
        if let Some(why) = self.gone.get(&source.corpus) {
            return Ok(Some(why.clone()));
        }
        let allow = self.suite.pretrain.allow_overlap;
        planned.labelled = Some(labelled(&source, self.corpora, self.tasks, allow)?);
        Ok(None)
    }
}

/// Moves the rows that lack something.
fn leave_out<'a>(
    kept: &mut Vec<PlannedRow<'a>>,
    left_out: &mut LeftOut<'a>,
    lacks: impl Fn(&PlannedRow<'_>) -> Option<String>,
) {
    for planned in std::mem::take(kept) {
        match lacks(&planned) {
            Some(why) => left_out.rows.push((planned, why)),
            None => kept.push(planned),
        }
    }
}
