//! `bench views METHOD CORPUS --out DIR`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::{configure, count, prepare, print};
use crate::data::export::file_name;
use crate::data::first::First;
use crate::data::{Corpus, CorpusSpec};
use crate::device;
use crate::error::{Error, Result};
use crate::progress::Show;
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
    /// The folder to write to: ITEM_VIEW.wav or ITEM_VIEW.png
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
    /// Where decoded corpora are kept
    #[arg(long, value_name = "DIR", default_value = ".bench")]
    pub store: PathBuf,
    /// Threads that decode
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = count())]
    pub threads: usize,
    /// No progress on standard error
    #[arg(long)]
    pub quiet: bool,
}

/// Writes what a method's loss compares of some items, as sound and as pictures; a network has a
/// part in it only as it is initialised.
///
/// # Errors
/// When the method is not trained or shows nothing, or the corpus cannot be read.
pub fn run(registry: &Registry, args: &ViewsArgs, out: &mut dyn Write) -> Result<()> {
    let (device, seed) = (device::ready("cpu")?, Seed::new(args.seed));
    let entry = registry.find(&args.method)?;
    if !entry.trains {
        return Err(Error::method(entry.name, "is not trained, so no loss compares anything"));
    }
    let config = configure(entry, &args.config, &args.set)?;
    let corpus = args.corpus.open("views", &BTreeMap::new(), &|name| std::env::var(name).ok())?;
    let corpus = First::new(corpus.as_ref(), args.items);
    let items: Vec<usize> = (0..corpus.items().len()).collect();
    let seen = Seen { items: items.len(), ..Seen::default() };
    let mut network = Network::new(entry, &config, seen, seed, device)?;
    let front = network.encoder().input().front();
    let progress = Show::for_stderr(args.quiet);
    let store = prepare(&corpus, front, &args.store, args.threads, progress)?;
    let mut source = Source::default();
    source.add(Arc::new(store), &items);
    let (order, shown) = show(&mut network, source, seed, device)?;
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
