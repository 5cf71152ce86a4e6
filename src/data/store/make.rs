//! Making stores: each item is decoded once for all front ends, in parallel, and written in order.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Instant;

use super::file::Writer;
use super::{Front, Store, VALUE};
use crate::audio::{Cqt, Landmark, Landmarks, Mel, Wave, resample};
use crate::data::corpus::Corpus;
use crate::data::parallel::in_order;
use crate::error::{Error, Result};
use crate::files;

/// Opens stores, and makes those that are missing.
pub struct Maker<'a> {
    /// The folder that holds the stores.
    pub folder: &'a Path,
    /// Threads that decode; their number changes no byte.
    pub threads: usize,
    /// Told how many items are done, and of how many.
    pub progress: &'a mut (dyn FnMut(usize, usize) + Send),
}

impl Maker<'_> {
    /// A corpus's stores, in the order of `fronts`.
    ///
    /// A store being made is called `NAME.part` until it is whole; other processes wait for it.
    ///
    /// # Errors
    /// With every item whose sound cannot be used, or when a store cannot be written; nothing half
    /// made is left then.
    pub fn stores(&mut self, corpus: &dyn Corpus, fronts: &[Front]) -> Result<Vec<Store>> {
        fs::create_dir_all(self.folder).map_err(Error::io("create", self.folder))?;
        let mut names = Vec::with_capacity(fronts.len());
        for front in fronts {
            names.push(front.store_name(corpus)?);
        }
        if names.iter().any(|name| !self.folder.join(name).exists()) {
            let _lock = files::lock(&self.folder.join("lock"))?;
            self.make(corpus, fronts, &names)?;
        }
        let open = |name: &String| {
            let folder = self.folder.join(name);
            Store::open(&folder)?
                .ok_or_else(|| Error::data(folder.display(), "was removed meanwhile"))
        };
        names.iter().map(open).collect()
    }

    fn make(&mut self, corpus: &dyn Corpus, fronts: &[Front], names: &[String]) -> Result<()> {
        let mut writers = BTreeMap::new();
        for (front, name) in fronts.iter().zip(names) {
            if !self.folder.join(name).exists() && !writers.contains_key(name) {
                let part = self.folder.join(format!("{name}.part"));
                writers.insert(name.clone(), (front.clone(), Writer::start(part, front.clone())?));
            }
        }
        let (names, pairs): (Vec<String>, Vec<_>) = writers.into_iter().unzip();
        let (fronts, mut writers): (Vec<Front>, Vec<Writer>) = pairs.into_iter().unzip();
        let filled = self.fill(corpus, &fronts, &mut writers);
        if let Err(e) = filled {
            writers.into_iter().for_each(Writer::discard);
            return Err(e);
        }
        for (name, writer) in names.iter().zip(writers) {
            writer.finish(&self.folder.join(name))?;
        }
        Ok(())
    }

    fn fill(
        &mut self,
        corpus: &dyn Corpus,
        fronts: &[Front],
        writers: &mut [Writer],
    ) -> Result<()> {
        let source = Source::new(corpus, fronts, self.folder)?;
        let count = corpus.items().len();
        let mut problems = Vec::new();
        in_order(count, self.threads, &|index| source.blocks(index), &mut |index, blocks| {
            match blocks {
                Err(e) => problems.push(format!("\n  {}: {}", corpus.items()[index].id, e.told())),
                Ok(_) if !problems.is_empty() => {}
                Ok(blocks) => {
                    for (writer, block) in writers.iter_mut().zip(&blocks) {
                        writer.append(block)?;
                    }
                }
            }
            (self.progress)(index + 1, count);
            Ok(())
        })?;
        if problems.is_empty() {
            return Ok(());
        }
        let message =
            format!("{} of {count} items cannot be used:{}", problems.len(), problems.concat());
        Err(Error::data(corpus.name(), message))
    }
}

/// What turns samples into a front end's values.
enum Transform {
    None,
    Mel(Mel),
    Cqt(Cqt),
    Landmarks(Landmarks),
}

impl Transform {
    fn new(front: &Front) -> Result<Transform> {
        Ok(match front {
            Front::Wave { .. } => Transform::None,
            Front::Mel(spec) => Transform::Mel(Mel::new(spec)?),
            Front::Cqt(spec) => Transform::Cqt(Cqt::new(spec)?),
            Front::Landmarks => Transform::Landmarks(Landmarks::plan()),
        })
    }

    fn values(&self, samples: &[f32]) -> Result<Vec<f32>> {
        match self {
            Transform::None => Ok(samples.to_vec()),
            Transform::Mel(mel) => mel.power(samples),
            Transform::Cqt(cqt) => cqt.magnitudes(samples),
            Transform::Landmarks(landmarks) => Ok(pairs(&landmarks.of(samples))),
        }
    }
}

/// As a store keeps them: whole numbers below 2²⁴, which f32 holds exactly.
fn pairs(landmarks: &[Landmark]) -> Vec<f32> {
    landmarks.iter().flat_map(|mark| [mark.hash as f32, mark.frame as f32]).collect()
}

/// What it will take to make the stores that are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Needs {
    /// How many are missing.
    pub stores: usize,
    /// The bytes they will hold.
    pub bytes: f64,
    /// The seconds one thread will take.
    pub seconds: f64,
}

impl Needs {
    /// Of a corpus's stores in `folder`, as judged by its first, middle and last item.
    ///
    /// # Errors
    /// When the sound of one of those cannot be used.
    pub fn of(corpus: &dyn Corpus, fronts: &[Front], folder: &Path) -> Result<Needs> {
        let mut missing = BTreeMap::new();
        for front in fronts {
            let name = front.store_name(corpus)?;
            if !folder.join(&name).exists() {
                missing.insert(name, front.clone());
            }
        }
        let items = corpus.items().len();
        if missing.is_empty() || items == 0 {
            return Ok(Needs::default());
        }
        let fronts: Vec<Front> = missing.into_values().collect();
        let source = Source::new(corpus, &fronts, folder)?;
        let judged = BTreeSet::from([0, items / 2, items - 1]);
        let (started, mut values) = (Instant::now(), 0);
        for index in &judged {
            values += source.blocks(*index)?.iter().map(Vec::len).sum::<usize>();
        }
        let share = items as f64 / judged.len() as f64;
        let (bytes, seconds) = ((values * VALUE) as f64, started.elapsed().as_secs_f64());
        Ok(Needs { stores: fronts.len(), bytes: bytes * share, seconds: seconds * share })
    }
}

/// Where the values of the missing stores come from.
struct Source<'a> {
    corpus: &'a dyn Corpus,
    /// By front end, what turns its rate's samples into its values.
    fronts: Vec<(u32, Transform)>,
    /// Stores of samples that are there already.
    waves: BTreeMap<u32, Store>,
}

impl<'a> Source<'a> {
    fn new(corpus: &'a dyn Corpus, fronts: &[Front], folder: &Path) -> Result<Source<'a>> {
        let rates: BTreeSet<u32> = fronts.iter().map(Front::rate).collect();
        let mut waves = BTreeMap::new();
        for rate in rates {
            let name = Front::Wave { rate }.store_name(corpus)?;
            if let Some(store) = Store::open(&folder.join(name))? {
                waves.insert(rate, store);
            }
        }
        let transform = |front: &Front| Ok((front.rate(), Transform::new(front)?));
        let fronts = fronts.iter().map(transform).collect::<Result<_>>()?;
        Ok(Source { corpus, fronts, waves })
    }

    /// An item's values for every front end.
    fn blocks(&self, index: usize) -> Result<Vec<Vec<f32>>> {
        let mut waves: BTreeMap<u32, Wave> = BTreeMap::new();
        let mut decoded = None;
        for (rate, _) in &self.fronts {
            if !waves.contains_key(rate) {
                waves.insert(*rate, self.wave(index, *rate, &mut decoded)?);
            }
        }
        let block = |(rate, transform): &(u32, Transform)| transform.values(&waves[rate].samples);
        self.fronts.iter().map(block).collect()
    }

    fn wave(&self, index: usize, rate: u32, decoded: &mut Option<Wave>) -> Result<Wave> {
        if let Some(store) = self.waves.get(&rate) {
            return Ok(Wave { rate, samples: store.item(index)? });
        }
        let wave = match decoded.take() {
            Some(wave) => wave,
            None => self.corpus.load(index)?,
        };
        let resampled = resample(&wave, rate)?;
        *decoded = Some(wave);
        Ok(resampled)
    }
}
