//! The suites that come with the program, and how one is found.

use std::path::Path;

use crate::error::{Error, Result, unknown};

/// Built-in suites by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("key", include_str!("../../suites/key.yaml")),
    ("smoke", include_str!("../../suites/smoke.yaml")),
    ("recordings", include_str!("../../suites/recordings.yaml")),
    ("methods", include_str!("../../suites/methods.yaml")),
    ("core", include_str!("../../suites/core.yaml")),
    ("tags", include_str!("../../suites/tags.yaml")),
    ("few_labels", include_str!("../../suites/few_labels.yaml")),
    ("covers", include_str!("../../suites/covers.yaml")),
    ("robustness", include_str!("../../suites/robustness.yaml")),
    ("ablations/clmr", include_str!("../../suites/ablations/clmr.yaml")),
    ("ablations/myna", include_str!("../../suites/ablations/myna.yaml")),
    ("ablations/pemr", include_str!("../../suites/ablations/pemr.yaml")),
    ("ablations/semisupcon", include_str!("../../suites/ablations/semisupcon.yaml")),
    ("paper/clmr", include_str!("../../suites/paper/clmr.yaml")),
    ("paper/clmr_augmentations", include_str!("../../suites/paper/clmr_augmentations.yaml")),
    ("paper/clmr_from_billboard", include_str!("../../suites/paper/clmr_from_billboard.yaml")),
    ("paper/clmr_from_fma", include_str!("../../suites/paper/clmr_from_fma.yaml")),
    ("paper/clmr_from_gtzan", include_str!("../../suites/paper/clmr_from_gtzan.yaml")),
    ("paper/clmr_labels", include_str!("../../suites/paper/clmr_labels.yaml")),
    ("paper/clmr_msd", include_str!("../../suites/paper/clmr_msd.yaml")),
    ("paper/keymyna", include_str!("../../suites/paper/keymyna.yaml")),
    ("paper/keymyna_billboard", include_str!("../../suites/paper/keymyna_billboard.yaml")),
    ("paper/myna", include_str!("../../suites/paper/myna.yaml")),
    ("paper/myna_batch", include_str!("../../suites/paper/myna_batch.yaml")),
    ("paper/myna_code", include_str!("../../suites/paper/myna_code.yaml")),
    ("paper/myna_mask", include_str!("../../suites/paper/myna_mask.yaml")),
    ("paper/pemr", include_str!("../../suites/paper/pemr.yaml")),
    ("paper/pemr_covers", include_str!("../../suites/paper/pemr_covers.yaml")),
    ("paper/pemr_epochs", include_str!("../../suites/paper/pemr_epochs.yaml")),
    ("paper/pemr_ratio", include_str!("../../suites/paper/pemr_ratio.yaml")),
    ("paper/pemr_supervised", include_str!("../../suites/paper/pemr_supervised.yaml")),
    ("paper/pemr_transfer", include_str!("../../suites/paper/pemr_transfer.yaml")),
    ("paper/semisupcon", include_str!("../../suites/paper/semisupcon.yaml")),
    ("paper/semisupcon_criterion", include_str!("../../suites/paper/semisupcon_criterion.yaml")),
    ("paper/semisupcon_datasets", include_str!("../../suites/paper/semisupcon_datasets.yaml")),
    ("paper/semisupcon_robustness", include_str!("../../suites/paper/semisupcon_robustness.yaml")),
    ("paper/semisupcon_shares", include_str!("../../suites/paper/semisupcon_shares.yaml")),
    ("paper/semisupcon_views", include_str!("../../suites/paper/semisupcon_views.yaml")),
];

/// The text of a suite and the name of the place it was read from: a file if there is one, else the
/// built-in suite of that name (`key` and `suites/key.yaml` are the same one).
///
/// # Errors
/// When there is neither; the nearest name is suggested.
pub fn find(path: &Path) -> Result<(String, String)> {
    if path.is_file() {
        let text = std::fs::read_to_string(path).map_err(Error::io("read", path))?;
        return Ok((text, path.display().to_string()));
    }
    let name = path.strip_prefix("suites").unwrap_or(path).to_str().unwrap_or_default();
    let name = name.strip_suffix(".yaml").unwrap_or(name);
    match BUILT_IN.iter().find(|(known, _)| *known == name) {
        Some((known, text)) => Ok((text.to_string(), format!("suites/{known}.yaml (built in)"))),
        None => {
            let known = unknown("built-in suite", name, BUILT_IN.iter().map(|(known, _)| *known));
            Err(Error::settings(path.display(), format!("there is no such file, and {known}")))
        }
    }
}
