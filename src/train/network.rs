//! A plugin with the stores that hold its tensors.

use serde_yaml::Value;
use tch::{Device, nn::VarStore};

use crate::error::{Error, Result};
use crate::method::{Classes, Context, Divisible, Encoder, Method};
use crate::registry::{Built, Entry};
use crate::seed::Seed;
use crate::tensors::{self, Named};

/// What a plugin is built with besides its settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen<'a> {
    /// The number of items; 0 where nothing is trained.
    pub items: usize,
    /// The classes or tags whose labels it sees.
    pub classes: Classes<'a>,
    /// What lies in the file that the row names.
    pub file: Option<&'a [u8]>,
}

/// A built plugin, its parameters and its state, on one device.
pub struct Network {
    /// Parameters and buffers.
    pub vars: VarStore,
    /// What is only saved.
    pub state: VarStore,
    built: Built,
    name: &'static str,
    /// The running means of its batch normalisations.
    norms: Vec<String>,
}

impl Network {
    /// Builds it as `seed` initialises it: on the CPU, so that every device starts from the same
    /// numbers.
    ///
    /// # Errors
    /// When the settings are wrong, its clips are no clips, or two variables share a name.
    pub fn new(
        entry: &Entry,
        config: &Value,
        seen: Seen<'_>,
        seed: Seed,
        device: Device,
    ) -> Result<Network> {
        let (mut vars, mut state) = (VarStore::new(Device::Cpu), VarStore::new(Device::Cpu));
        let _generator = seed.derive("init", &[]).torch();
        let cx = Context {
            vars: vars.root(),
            state: state.root(),
            items: seen.items,
            classes: seen.classes,
            file: seen.file,
            seed: seed.derive("construction", &[]),
        };
        let built = entry.build(config.clone(), &cx)?;
        built.encoder().input().check()?;
        if let Some(name) =
            tensors::of(&vars).keys().chain(tensors::of(&state).keys()).find(|n| n.contains("__"))
        {
            return Err(Error::method(entry.name, format!("two variables share a name: {name}")));
        }
        let norms =
            tensors::of(&vars).into_keys().filter(|n| n.ends_with("running_mean")).collect();
        vars.set_device(device);
        state.set_device(device);
        Ok(Network { vars, state, built, name: entry.name, norms })
    }

    /// What evaluation sees.
    pub fn encoder(&self) -> &dyn Encoder {
        self.built.encoder()
    }

    /// What the driver trains.
    ///
    /// # Errors
    /// When the plugin has no objective.
    pub fn method(&mut self) -> Result<&mut dyn Method> {
        match &mut self.built {
            Built::Method(method) => Ok(method.as_mut()),
            Built::Encoder(_) => {
                Err(Error::method(self.name, "has no objective and cannot be trained"))
            }
        }
    }

    /// The parts that its loss falls into.
    ///
    /// # Errors
    /// When its method knows none, or has batch normalisation outside of its stages: then an item's
    /// projection depends on the batch around it.
    pub fn divided(&mut self) -> Result<&mut dyn Divisible> {
        let (name, norms) = (self.name, self.norms.clone());
        let refused = |why: String| {
            Error::settings("train.micro_batch", format!("{name} cannot take it: {why}"))
        };
        let tied = norms.first().map_or("its loss is not given in parts".into(), |norm| {
            format!("batch normalisation (vars.{norm}) needs the whole batch at once")
        });
        match self.method()?.divide() {
            Some(parts) if parts.stages().len() == norms.len() => Ok(parts),
            Some(_) | None => Err(refused(tied)),
        }
    }

    /// Everything that is saved: `vars.` and `state.` names.
    pub fn tensors(&self) -> Named {
        let mut all = tensors::prefixed("vars.", tensors::of(&self.vars));
        all.extend(tensors::prefixed("state.", tensors::of(&self.state)));
        all
    }

    /// Takes over saved tensors.
    ///
    /// # Errors
    /// When names or shapes do not fit; every one that does not is listed.
    pub fn restore(&self, saved: &Named) -> Result<()> {
        tensors::restore(&self.tensors(), saved, self.name)
    }

    /// Takes over saved parameters, with or (as in public checkpoints) without `vars.` before their
    /// names; the state stays as initialised.
    ///
    /// # Errors
    /// As [`Network::restore`].
    pub fn restore_vars(&self, saved: &Named) -> Result<()> {
        let ours = saved.keys().any(|name| name.starts_with("vars."));
        let beside = |name: &str| match ours {
            true => name.starts_with("state."),
            // A counter that PyTorch's norms save and use only when told to.
            false => name.ends_with(".num_batches_tracked"),
        };
        let vars = saved.iter().filter(|(name, _)| !beside(name)).map(|(name, tensor)| {
            (name.strip_prefix("vars.").unwrap_or(name).to_string(), tensor.shallow_clone())
        });
        tensors::restore(&tensors::of(&self.vars), &vars.collect(), self.name)
    }

    /// The number of trainable values.
    pub fn parameters(&self) -> u64 {
        let trainable = self.vars.trainable_variables();
        trainable.iter().map(|variable| variable.numel() as u64).sum()
    }
}
