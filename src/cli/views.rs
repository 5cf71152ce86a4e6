//! `bench views METHOD CORPUS --out DIR`.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::data::corpus::SoundArgs;
use super::{configure, count, print};
use crate::data::export::file_name;
use crate::data::first::First;
use crate::data::{Corpus, CorpusSpec, Front};
use crate::device;
use crate::error::{Error, Result};
use crate::registry::Registry;
use crate::seed::Seed;
use crate::train::{Network, Seen, Source, show};

/// What `views` takes.
#[derive(Args, Clone, Debug)]
pub struct ViewsArgs {
    /// A method's name (see `bench list methods`)
    pub method: String,
    /// A manifest (CSV: id,path,…), or etudes:N
    pub corpus: CorpusSpec,
    /// How its sound is prepared.
    #[command(flatten)]
    pub sound: SoundArgs,
    /// The folder to write to: ITEM_VIEW.wav and ITEM_VIEW.png
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The method's settings file
    #[arg(long, default_value = "small")]
    pub config: String,
    /// How many items, from the first on
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = count())]
    pub items: usize,
    /// Another seed gives other crops, augmentations and masks
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Change a setting of the method: method.mask=0.5
    #[arg(long, value_name = "A.B=C")]
    pub set: Vec<String>,
}

/// Writes what a method's loss compares of some items, as sound and as pictures, and the sound of
/// crops that it sees only as spectrograms; a network has a part in it only as it is initialised.
///
/// # Errors
/// When the method is not trained or shows nothing, or the corpus cannot be read.
pub fn run(registry: &Registry, args: &ViewsArgs, out: &mut dyn Write) -> Result<()> {
    let (device, seed) = (device::ready("cpu")?, Seed::new(args.seed));
    let entry = registry.find(&args.method)?;
    if !entry.trains {
        let message = format!("{} is not trained, so no loss compares anything", entry.name);
        return Err(Error::Invalid(message));
    }
    let config = configure(entry, &args.config, &args.set)?;
    let corpus = args.sound.open(&args.corpus, "views")?;
    let corpus = First::new(corpus.as_ref(), args.items);
    let items: Vec<usize> = (0..corpus.items().len()).collect();
    let seen = Seen { items: items.len(), ..Seen::default() };
    let mut network = Network::new(entry, &config, seen, seed, device)?;
    let front = network.encoder().input().front();
    let wave = Front::Wave { rate: front.rate() };
    let mut stores = args.sound.prepare(&corpus, &[front.clone(), wave.clone()])?;
    let sound = stores.pop().filter(|_| front != wave);
    let mut source = Source::default();
    stores.into_iter().for_each(|store| source.add(Arc::new(store), &items));
    let (order, shown) = show(&mut network, source, sound.as_ref(), seed, device)?;
    let name = |item: &i64| file_name(&corpus.items()[*item as usize].id).map(str::to_string);
    let names = order.iter().map(name).collect::<Result<Vec<_>>>()?;
    let mut files = 0;
    for shown in &shown {
        files += shown.write(&args.out, &names)?;
    }
    if files == 0 {
        return Err(Error::method(entry.name, "has views that can be neither heard nor seen"));
    }
    let what = if files == 1 { "file" } else { "files" };
    print(out, &format!("{files} {what} written to {}\n", args.out.display()))
}
