//! YAML in, typed settings out: unknown fields refused by line, `--set a.b=1`, canonical hashes.
//!
//! Text is read and written here alone; elsewhere only serde_yaml's `Value` is passed on, since
//! that crate is no longer developed upstream.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_yaml::{Mapping, Value};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result, nearest, unknown};

/// Reads typed settings from YAML text; `place` names the file in messages.
///
/// # Errors
/// With the line, what is wrong, what is allowed and the nearest name for a typo.
pub fn parse<T: DeserializeOwned>(text: &str, place: &str) -> Result<T> {
    serde_yaml::from_str(text).map_err(|e| {
        let line = e.location().map(|l| format!(":{}", l.line())).unwrap_or_default();
        Error::settings(format!("{place}{line}"), explain(&e.to_string()))
    })
}

/// `FILE:LINE` of the first line of a file's `text` that holds `words`; the file alone where none
/// does.
pub fn line_of(place: &str, text: &str, words: &str) -> String {
    let mut lines = text.lines();
    let line = lines.position(|line| !words.is_empty() && line.contains(words));
    line.map_or(place.to_string(), |line| format!("{place}:{}", line + 1))
}

/// Reads typed settings from a value; `place` names where it stands in messages.
///
/// # Errors
/// As [`parse`], without a line.
pub fn from_value<T: DeserializeOwned>(value: Value, place: &str) -> Result<T> {
    let value = if value.is_null() { Value::Mapping(Mapping::new()) } else { value };
    serde_yaml::from_value(value).map_err(|e| Error::settings(place, explain(&e.to_string())))
}

/// The value of typed settings, defaults and all.
///
/// # Errors
/// When they cannot be written as YAML.
pub fn to_value<T: Serialize>(settings: &T) -> Result<Value> {
    serde_yaml::to_value(settings).map_err(|e| Error::settings("settings", e.to_string()))
}

/// The YAML text of settings.
///
/// # Errors
/// When they cannot be written as YAML.
pub fn to_text<T: Serialize>(settings: &T) -> Result<String> {
    serde_yaml::to_string(settings).map_err(|e| Error::settings("settings", e.to_string()))
}

/// Lays `over` upon `base`: mappings field by field, everything else replaced.
pub fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Mapping(base), Value::Mapping(over)) => {
            for (key, value) in over {
                match base.get_mut(&key) {
                    Some(slot) => merge(slot, value),
                    None => {
                        base.insert(key, value);
                    }
                }
            }
        }
        (base, over) => *base = over,
    }
}

/// Reads settings any part of which may be left out, for `#[serde(deserialize_with = …)]`: what is
/// given is laid upon the defaults of the whole.
///
/// # Errors
/// When a field is unknown or of the wrong kind.
pub fn over_default<'de, T, D>(given: D) -> Result<T, D::Error>
where
    T: Default + Serialize + DeserializeOwned,
    D: Deserializer<'de>,
{
    let mut all = serde_yaml::to_value(T::default()).map_err(D::Error::custom)?;
    merge(&mut all, Value::deserialize(given)?);
    part(all)
}

/// Reads a part of settings that are being read; what is wrong is told with the whole.
///
/// # Errors
/// When a field is unknown or of the wrong kind.
pub fn part<T: DeserializeOwned, E: serde::de::Error>(value: Value) -> Result<T, E> {
    serde_yaml::from_value(value).map_err(E::custom)
}

/// Applies `a.b=value` (the value is YAML; list items by their number or their `name`,
/// or their `method` where they have no name).
///
/// # Errors
/// When there is no `=`, or the path leads through something that holds no fields, or to no item of
/// a list.
pub fn set(root: &mut Value, assignment: &str) -> Result<()> {
    let place = format!("--set {assignment}");
    let (path, text) =
        assignment.split_once('=').filter(|(path, _)| !path.is_empty()).ok_or_else(|| {
            Error::settings(&place, "expected a path, `=` and a value: budget.flops=1e11")
        })?;
    let value: Value = parse(text, &place)?;
    let mut slot = root;
    for key in path.split('.') {
        slot = step(slot, key).map_err(|message| Error::settings(&place, message))?;
    }
    *slot = value;
    Ok(())
}

fn step<'a>(slot: &'a mut Value, key: &str) -> Result<&'a mut Value, String> {
    if slot.is_null() {
        *slot = Value::Mapping(Mapping::new());
    }
    match slot {
        Value::Mapping(fields) => Ok(fields.entry(Value::from(key)).or_insert(Value::Null)),
        Value::Sequence(items) => {
            let name = |(place, item): (usize, &Value)| {
                let name = item.get("name").or_else(|| item.get("method"));
                name.and_then(Value::as_str).map_or(place.to_string(), String::from)
            };
            let names: Vec<String> = items.iter().enumerate().map(name).collect();
            let index = names.iter().position(|name| name == key).or_else(|| key.parse().ok());
            let item = index.and_then(|index| items.get_mut(index));
            item.ok_or_else(|| unknown("item", key, names.iter().map(String::as_str)))
        }
        _ => Err(format!("{key:?} cannot be reached: there are no fields there")),
    }
}

/// Refuses a size outside `allowed`: below, nothing could be made of it, and above, a slip would
/// fill the memory.
///
/// # Errors
/// With the first such size, by its name, and what is allowed; `place` says whose it is.
pub fn check_sizes<'a, T: PartialOrd + Display>(
    place: &str,
    sizes: impl IntoIterator<Item = (&'a str, T)>,
    allowed: RangeInclusive<T>,
) -> Result<()> {
    match sizes.into_iter().find(|(_, size)| !allowed.contains(size)) {
        Some((name, size)) => {
            let (least, most) = (allowed.start(), allowed.end());
            Err(Error::settings(place, format!("{name} {size}; {least} to {most} are allowed")))
        }
        None => Ok(()),
    }
}

/// The first 16 hexadecimal digits of the SHA-256 of settings in canonical form (fields sorted).
///
/// # Errors
/// When they cannot be written as JSON.
pub fn hash<T: Serialize>(settings: &T) -> Result<String> {
    let value = serde_json::to_value(settings)
        .map_err(|e| Error::settings("settings", format!("cannot be hashed: {e}")))?;
    Ok(hex(&Sha256::digest(value.to_string()))[..16].to_string())
}

/// Lowercase hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn explain(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((name, known)) if message.contains("unknown ") => match nearest(name, known) {
            Some(near) => format!("{message}; did you mean `{near}`?"),
            None => message.to_string(),
        },
        _ => message.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Budget {
        #[allow(dead_code, reason = "only read through Debug")]
        clips: u64,
    }

    #[test]
    fn a_misspelt_field_is_named_with_its_line_and_the_nearest_name() {
        let error = parse::<Budget>("\nclipz: 3\n", "a.yaml").unwrap_err().to_string();
        assert_eq!(
            error,
            "a.yaml:2: unknown field `clipz`, expected `clips`; did you mean `clips`?"
        );
    }

    #[test]
    fn set_reaches_into_lists_by_name() {
        let text = "rows: [{name: a, method: c}, {name: b, method: c}, {method: c}]";
        let mut root: Value = serde_yaml::from_str(text).unwrap();
        set(&mut root, "rows.b.set.dim=4").unwrap();
        set(&mut root, "rows.c.set.dim=5").unwrap();
        assert_eq!(root["rows"][1]["set"]["dim"], Value::from(4));
        assert_eq!(root["rows"][2]["set"]["dim"], Value::from(5));
        let error = set(&mut root, "rows.d.x=1").unwrap_err().to_string();
        let said = "unknown item \"d\"; did you mean \"a\"? known: a, b, c";
        assert_eq!(error, format!("--set rows.d.x=1: {said}"));
    }

    #[test]
    fn the_hash_does_not_depend_on_the_order_of_fields() {
        let a: Value = serde_yaml::from_str("{x: 1, y: 2}").unwrap();
        let b: Value = serde_yaml::from_str("{y: 2, x: 1}").unwrap();
        assert_eq!(hash(&a).unwrap(), hash(&b).unwrap());
    }
}
