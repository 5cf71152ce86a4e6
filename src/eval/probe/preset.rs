//! Grids that have a name: the protocols of papers, as data.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_yaml::{Mapping, Value};

use super::fraction::Sampler;
use super::grid::Grid;
use crate::error::{Error, Result, unknown};
use crate::settings;

/// Every preset by its name.
pub const PRESETS: &[(&str, &str)] = &[
    ("jukemir", include_str!("../../../suites/protocols/jukemir.yaml")),
    ("myna_code", include_str!("../../../suites/protocols/myna_code.yaml")),
    ("clmr_linear", include_str!("../../../suites/protocols/clmr_linear.yaml")),
    ("clmr_mlp", include_str!("../../../suites/protocols/clmr_mlp.yaml")),
    ("pemr", include_str!("../../../suites/protocols/pemr.yaml")),
    ("semisupcon", include_str!("../../../suites/protocols/semisupcon.yaml")),
    ("keymyna", include_str!("../../../suites/protocols/keymyna.yaml")),
];

/// The texts of settings by their names.
pub(in crate::eval) type Presets = &'static [(&'static str, &'static str)];

impl Grid {
    /// The preset of that name.
    ///
    /// # Errors
    /// For a name that is none, with the nearest one.
    pub fn preset(name: &str) -> Result<Grid> {
        settings::from_value(Value::from(name), "probe")
    }

    /// The preset's name, with every setting that is not the preset's: `clmr_linear keep=last`;
    /// none of a grid that is made of no preset, unless labels are drawn in a way of their own.
    pub fn name(&self) -> Option<String> {
        let Some(name) = &self.preset else {
            let own = self.sampler == Sampler::ClmrV1;
            return own.then(|| format!("grid fraction={} sampler=clmr_v1", self.fraction));
        };
        named(name, &Grid::preset(name).ok()?, self)
    }
}

/// A preset's name, with every setting that is not the preset's.
pub(in crate::eval) fn named<T: Serialize>(name: &str, preset: &T, own: &T) -> Option<String> {
    let (preset, own) = (fields(preset)?, fields(own)?);
    let mut words = vec![name.to_string()];
    for (setting, value) in &own {
        if preset.get(setting) != Some(value) {
            words.push(word(setting, value)?);
        }
    }
    for (setting, _) in preset.iter().filter(|(setting, _)| !own.contains_key(*setting)) {
        words.push(word(setting, &Value::Null)?);
    }
    Some(words.join(" "))
}

fn fields<T: Serialize>(settings: &T) -> Option<Mapping> {
    settings::to_value(settings).ok()?.as_mapping().cloned()
}

/// `setting=value` without a blank.
fn word(setting: &Value, value: &Value) -> Option<String> {
    let value = match value {
        Value::Null => "default".into(),
        Value::String(text) => text.clone(),
        other => serde_json::to_string(other).ok()?,
    };
    Some(format!("{}={value}", setting.as_str()?).replace(' ', ""))
}

/// The settings of a preset, as its file has them.
fn settings_of(name: &str, presets: Presets) -> Result<Value> {
    let text = presets.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    let known = || unknown("protocol", name, presets.iter().map(|(known, _)| *known));
    let text = text.ok_or_else(|| Error::Invalid(known()))?;
    settings::parse(text, &format!("suites/protocols/{name}.yaml"))
}

/// What was written, laid upon the preset it names.
pub(in crate::eval) fn laid_upon(presets: Presets, written: Value) -> Result<Value> {
    let (name, over) = match &written {
        Value::String(name) => (name.clone(), Value::Mapping(Mapping::new())),
        Value::Mapping(fields) => match fields.get("preset") {
            Some(Value::String(name)) => (name.clone(), written),
            _ => return Ok(written),
        },
        _ => return Ok(written),
    };
    let mut all = settings_of(&name, presets)?;
    settings::merge(&mut all, over);
    settings::merge(
        &mut all,
        Value::Mapping([("preset".into(), name.into())].into_iter().collect()),
    );
    Ok(all)
}

impl<'de> Deserialize<'de> for Grid {
    fn deserialize<D: Deserializer<'de>>(given: D) -> Result<Grid, D::Error> {
        let all = laid_upon(PRESETS, Value::deserialize(given)?).map_err(D::Error::custom)?;
        Grid::deserialize(all).map_err(D::Error::custom)
    }
}

impl Serialize for Grid {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        Grid::serialize(self, out)
    }
}
