//! Which methods there are: an explicit list that outside crates extend.

use serde_yaml::Value;

use crate::error::{Error, Result, unknown};
use crate::method::{Card, Context, Encoder, Method, Plugin};
use crate::settings;

/// One named method with its settings files.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The name in suites and tables, `snake_case`.
    pub name: &'static str,
    /// What it is.
    pub card: Card,
    /// Its settings by name (`paper`, `small`, …), each a YAML text with `method:` and, if it is
    /// trained, `train:`.
    pub configs: &'static [(&'static str, &'static str)],
    /// Whether it can be trained.
    pub trains: bool,
    build: fn(Value, &Context<'_>) -> Result<Built>,
    resolve: fn(Value) -> Result<Value>,
}

/// A plugin, built.
pub enum Built {
    /// One that can be trained.
    Method(Box<dyn Method>),
    /// One that cannot.
    Encoder(Box<dyn Encoder>),
}

impl Built {
    /// What evaluation sees of it.
    pub fn encoder(&self) -> &dyn Encoder {
        match self {
            Built::Method(method) => method.as_ref(),
            Built::Encoder(encoder) => encoder.as_ref(),
        }
    }
}

fn typed<P: Plugin>(config: Value) -> Result<P::Config> {
    settings::from_value(config, "method")
}

fn resolve<P: Plugin>(config: Value) -> Result<Value> {
    settings::to_value(&typed::<P>(config)?)
}

fn method<P: Plugin + Method + 'static>(config: Value, cx: &Context<'_>) -> Result<Built> {
    Ok(Built::Method(Box::new(P::new(typed::<P>(config)?, cx)?)))
}

fn baseline<P: Plugin + Encoder + 'static>(config: Value, cx: &Context<'_>) -> Result<Built> {
    Ok(Built::Encoder(Box::new(P::new(typed::<P>(config)?, cx)?)))
}

impl Entry {
    /// An entry the driver trains.
    pub const fn method<P: Plugin + Method + 'static>(
        name: &'static str,
        configs: &'static [(&'static str, &'static str)],
    ) -> Entry {
        let (build, resolve) = (method::<P>, resolve::<P>);
        Entry { name, card: P::CARD, configs, trains: true, build, resolve }
    }

    /// An entry without an objective: hand-made features, someone's weights.
    pub const fn baseline<P: Plugin + Encoder + 'static>(
        name: &'static str,
        configs: &'static [(&'static str, &'static str)],
    ) -> Entry {
        let (build, resolve) = (baseline::<P>, resolve::<P>);
        Entry { name, card: P::CARD, configs, trains: false, build, resolve }
    }

    /// The YAML text of the settings called `name`.
    ///
    /// # Errors
    /// When it has none of that name; the known ones are listed.
    pub fn config(&self, name: &str) -> Result<&'static str> {
        let found = self.configs.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
        found.ok_or_else(|| {
            let known = self.configs.iter().map(|(known, _)| *known);
            Error::Invalid(unknown(&format!("config of {}", self.name), name, known))
        })
    }

    /// The name of the settings that are meant: those called so, or the only ones there are.
    ///
    /// # Errors
    /// When none is named of several; they are listed.
    pub fn meant<'a>(&self, name: Option<&'a str>) -> Result<&'a str> {
        match (name, self.configs) {
            (Some(name), _) => Ok(name),
            (None, [(only, _)]) => Ok(*only),
            (None, several) => {
                let known: Vec<&str> = several.iter().map(|(name, _)| *name).collect();
                let message = format!("has several configs; give one of {}", known.join(", "));
                Err(Error::Invalid(format!("{} {message}", self.name)))
            }
        }
    }

    /// The `method:` section with every default filled in.
    ///
    /// # Errors
    /// When a field is unknown or of the wrong kind.
    pub fn resolve(&self, config: Value) -> Result<Value> {
        (self.resolve)(config)
    }

    /// Builds the plugin from its `method:` section.
    ///
    /// # Errors
    /// When the settings are wrong, or contradict each other.
    pub fn build(&self, config: Value, cx: &Context<'_>) -> Result<Built> {
        (self.build)(config, cx)
    }
}

/// The methods a command knows.
pub struct Registry {
    entries: Vec<Entry>,
}

impl Registry {
    /// Every built-in method.
    pub fn builtin() -> Registry {
        Registry { entries: crate::methods::ALL.to_vec() }
    }

    /// Adds one.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn insert(&mut self, entry: Entry) -> Result<()> {
        if self.entries.iter().any(|known| known.name == entry.name) {
            return Err(Error::Invalid(format!("two methods are called {:?}", entry.name)));
        }
        self.entries.push(entry);
        Ok(())
    }

    /// All of them, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry called `name`.
    ///
    /// # Errors
    /// When there is none; the nearest name is suggested.
    pub fn find(&self, name: &str) -> Result<&Entry> {
        self.entries.iter().find(|entry| entry.name == name).ok_or_else(|| {
            Error::Invalid(unknown("method", name, self.entries.iter().map(|entry| entry.name)))
        })
    }
}
