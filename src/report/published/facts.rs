//! What must be known of published numbers to stand beside ours: their unit and what they are of.

use super::Published;

/// Metrics as printed, what they are called here, and how many digits a number in per cent is to be
/// moved by.
const METRICS: [(&str, &str, usize); 11] = [
    ("ROC-AUC", "macro_roc_auc", 2),
    ("PR-AUC", "macro_average_precision", 2),
    ("accuracy", "accuracy", 2),
    ("weighted_score", "weighted_key_score", 2),
    ("R2_arousal", "r2", 2),
    ("R2_valence", "r2", 2),
    ("R2 first number (valence; header says A/V)", "r2", 2),
    ("R2 second number (arousal; header says A/V)", "r2", 2),
    ("MAP", "map", 0),
    ("Precision@10", "precision_at_10", 0),
    ("MR1", "mr1", 0),
];

/// Test items of published splits: of a data set, of one task where tasks differ.
const TEST_ITEMS: [(&str, &str, usize); 15] = [
    ("MagnaTagATune top50 (12:1:3)", "", 5329),
    ("MagnaTagATune top50 (untagged clips dropped: 15250/1529/4332)", "", 4332),
    ("GTZAN fault-filtered", "", 290),
    ("GiantSteps", "", 604),
    ("EmoMusic", "", 125),
    ("NSynth", "", 4096),
    ("VocalSet", "technique", 894),
    ("VocalSet", "singer", 577),
    ("MedleyDB", "", 137),
    ("MTG-Jamendo top50", "", 11_356),
    ("MTG-Jamendo genre", "", 11_479),
    ("MTG-Jamendo instrument", "", 5115),
    ("MTG-Jamendo mood/theme", "", 4231),
    ("SHS100K-SUB", "", 1004),
    ("Covers80", "", 160),
];

/// The metric here that a number is of, and the number in its unit to the printed digit; none where
/// no metric here is the same.
pub(super) fn measured_by(number: &Published) -> Option<(String, String)> {
    let (_, metric, moved) = METRICS.iter().find(|(printed, ..)| *printed == number.metric)?;
    let digits = number.value.split_once('.').map_or(0, |(_, digits)| digits.len());
    let value = number.value.parse::<f64>().ok()? / 10_f64.powi(*moved as i32);
    Some((metric.to_string(), format!("{value:.*}", digits + moved)))
}

/// The number of test items that a published number is of, where the split is known.
pub(super) fn test_items(dataset: &str, task: &str) -> Option<usize> {
    let of =
        |(set, of, _): &&(&str, &str, usize)| *set == dataset && (of.is_empty() || *of == task);
    TEST_ITEMS.iter().find(of).map(|(.., items)| *items)
}
