//! `bench embed CHECKPOINT MANIFEST --out FILE`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_yaml::Value;
use tch::{Device, Kind, Tensor};

use super::configure;
use super::data::corpus::SoundArgs;
use crate::data::CorpusSpec;
use crate::error::{Error, Result};
use crate::eval::embed::{Cut, NAME, OWNERS, embed_units, whose};
use crate::eval::unit::Unit;
use crate::progress::Meter;
use crate::registry::{Entry, Registry};
use crate::seed::Seed;
use crate::tensors::Named;
use crate::train::{Network, Seen};
use crate::{device, settings, tensors};

/// What `embed` takes.
#[derive(Args, Clone, Debug)]
pub struct EmbedArgs {
    /// A weights.safetensors file of a run, or any file that --method is made of
    pub checkpoint: PathBuf,
    /// A manifest (CSV: id,path,…), or etudes:N
    pub corpus: CorpusSpec,
    /// How its sound is prepared.
    #[command(flatten)]
    pub sound: SoundArgs,
    /// The file to write: `embeddings` [rows, dim] float32, `ids` of the items as the bytes of a
    /// JSON list, and with --unit `owners` [rows] int64, the place in that list of each row's item
    #[arg(long, value_name = "FILE.safetensors")]
    pub out: PathBuf,
    /// The method, for a checkpoint that does not name it
    #[arg(long)]
    pub method: Option<String>,
    /// The method's settings file, for a checkpoint that does not hold them
    #[arg(long, requires = "method")]
    pub config: Option<String>,
    /// Change a setting of that file: method.rate=16000
    #[arg(long, value_name = "A.B=C", requires = "method")]
    pub set: Vec<String>,
    /// What a row is made of: item, clip, or seconds such as "30 s"
    #[arg(long, default_value = "item")]
    pub unit: Unit,
    /// auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub device: String,
}

/// Embeds every item of a corpus with saved weights.
///
/// # Errors
/// When the checkpoint does not fit its method, or the corpus cannot be read.
pub fn run(registry: &Registry, args: &EmbedArgs) -> Result<()> {
    let device = device::ready(&args.device)?;
    let (name, config) = identify(registry, args)?;
    let network = network(registry.find(&name)?, &config, &args.checkpoint, device)?;
    let corpus = args.sound.open(&args.corpus, "corpus")?;
    let (show, items) = (args.sound.show(), corpus.items().len() as u64);
    let front = network.encoder().input().front();
    let store = args.sound.prepare(corpus.as_ref(), &[front])?.remove(0);
    let mut meter = Meter::new(show, "embedding", items, "items");
    let (of, cut) = ((&store, corpus.items()), Cut { unit: args.unit, drift: None });
    let (embeddings, owners) = embed_units(network.encoder(), of, &cut, device, &mut meter)?;
    meter.finish();
    let ids: Vec<&str> = corpus.items().iter().map(|item| item.id.as_str()).collect();
    let size = embeddings.size();
    let owners = (args.unit != Unit::Item).then_some(owners.as_slice());
    write(&args.out, embeddings.to_kind(Kind::Float), owners, &ids)?;
    show.say(&format!("{size:?} embeddings in {}", args.out.display()));
    Ok(())
}

/// A network made of the file, if the method is made of one, or with the weights in it.
fn network(entry: &Entry, config: &Value, path: &Path, device: Device) -> Result<Network> {
    let build = |file| {
        let seen = Seen { file, ..Seen::default() };
        Network::new(entry, config, seen, Seed::new(0), device)
    };
    if entry.card.file.is_some() {
        let file = std::fs::read(path).map_err(Error::io("read", path))?;
        return build(Some(&file)).map_err(|e| Error::data(path.display(), e.told()));
    }
    let network = build(None)?;
    network.restore_vars(&tensors::load(path)?)?;
    Ok(network)
}

fn identify(registry: &Registry, args: &EmbedArgs) -> Result<(String, Value)> {
    let Some(name) = args.method.clone() else { return noted(&args.checkpoint) };
    let entry = registry.find(&name)?;
    let config = configure(entry, entry.meant(args.config.as_deref())?, &args.set)?;
    Ok((name, config))
}

/// The method and its settings as a run's weights note them.
fn noted(path: &Path) -> Result<(String, Value)> {
    let note = tensors::metadata(path)?.remove("note").unwrap_or_default();
    let note: Value = settings::parse(&note, "the checkpoint's note")?;
    match (note.get("method").and_then(Value::as_str), note.get("settings")) {
        (Some(name), Some(config)) => Ok((name.to_string(), config.clone())),
        _ => {
            let message = "does not name its method; give --method and --config";
            Err(Error::data(path.display(), message))
        }
    }
}

fn write(path: &Path, embeddings: Tensor, owners: Option<&[usize]>, ids: &[&str]) -> Result<()> {
    let ids = serde_json::to_string(ids).map_err(|e| Error::data(path.display(), e.to_string()))?;
    let mut named = Named::from([
        (NAME.to_string(), embeddings),
        ("ids".to_string(), Tensor::from_slice(ids.as_bytes())),
    ]);
    named.extend(owners.map(|owners| (OWNERS.to_string(), whose(owners))));
    tensors::save(path, &named, None)
}
