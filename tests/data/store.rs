//! Stores: what lies in them is what the corpus sounds like; a half-made one is never used.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use bench::audio::{Cqt, CqtSpec, Mel, MelSpec, Wave, resample};
use bench::data::{Corpus, Front, Item, Maker, Store};
use bench::{Error, Result};

const RATE: u32 = 8_000;

/// Ramps of growing length at 8 kHz; counts how often it is asked, and fails where told to.
struct Ramps {
    items: Vec<Item>,
    loads: AtomicUsize,
    bad: Vec<usize>,
    dies_at: Option<usize>,
}

impl Ramps {
    fn new(count: usize) -> Ramps {
        let item = |index: usize| {
            let id = format!("{index:03}");
            Item { group: id.clone(), id, work: None, targets: BTreeMap::new() }
        };
        let items = (0..count).map(item).collect();
        Ramps { items, loads: AtomicUsize::new(0), bad: Vec::new(), dies_at: None }
    }
}

impl Corpus for Ramps {
    fn name(&self) -> &str {
        "ramps"
    }

    fn items(&self) -> &[Item] {
        &self.items
    }

    fn load(&self, index: usize) -> Result<Wave> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        if self.dies_at == Some(index) {
            std::process::abort();
        }
        if self.bad.contains(&index) {
            return Err(Error::data("ramp", "it is too steep"));
        }
        // The first ones take longest, so that threads finish out of order.
        std::thread::sleep(std::time::Duration::from_micros(2000 / (index as u64 + 1)));
        let length = 3000 + 517 * index;
        let samples =
            (0..length).map(|n| ((n * (index + 1)) % 1000) as f32 / 1000.0 - 0.5).collect();
        Ok(Wave { rate: RATE, samples })
    }

    fn identity(&self) -> Result<String> {
        Ok(format!("ramps {}", self.items.len()))
    }

    fn traces(&self, index: usize) -> Result<Vec<String>> {
        Ok(vec![self.items[index].id.clone()])
    }
}

fn spec() -> MelSpec {
    MelSpec { sample_rate: 16_000, n_fft: 512, hop: 160, n_mels: 40, ..MelSpec::default() }
}

fn cqt_spec() -> CqtSpec {
    CqtSpec {
        sample_rate: 16_000,
        hop: 160,
        bins: 30,
        fmin: 440.0,
        average: 4,
        ..CqtSpec::default()
    }
}

fn fronts() -> [Front; 4] {
    let wave = |rate| Front::Wave { rate };
    [wave(RATE), wave(16_000), Front::Mel(spec()), Front::Cqt(cqt_spec())]
}

fn make(folder: &Path, corpus: &Ramps, fronts: &[Front], threads: usize) -> Result<Vec<Store>> {
    Maker { folder, threads, progress: &mut |_, _| () }.stores(corpus, fronts)
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            false => files.push((path.clone(), std::fs::read(path).unwrap())),
        }
    }
    files.sort();
    files
}

#[test]
fn a_store_holds_what_decoding_gives() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = Ramps::new(7);
    let stores = make(folder.path(), &corpus, &fronts(), 3).unwrap();
    assert_eq!(corpus.loads.load(Ordering::Relaxed), 7, "decoded once for all front ends");
    let (mel, cqt) = (Mel::new(&spec()).unwrap(), Cqt::new(&cqt_spec()).unwrap());
    for index in 0..7 {
        let wave = corpus.load(index).unwrap();
        let fast = resample(&wave, 16_000).unwrap();
        assert_eq!(stores[0].item(index).unwrap(), wave.samples, "item {index}");
        assert_eq!(stores[1].item(index).unwrap(), fast.samples, "item {index}");
        assert_eq!(
            stores[2].item(index).unwrap(),
            mel.power(&fast.samples).unwrap(),
            "item {index}"
        );
        assert_eq!(stores[2].length(index), spec().frames(fast.samples.len()));
        let magnitudes = cqt.magnitudes(&fast.samples).unwrap();
        assert_eq!(stores[3].item(index).unwrap(), magnitudes, "item {index}");
        assert_eq!(stores[3].length(index), cqt_spec().frames(fast.samples.len()));
    }
}

#[test]
fn a_crop_behind_the_end_is_filled_with_zeros() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = Ramps::new(2);
    let stores = make(folder.path(), &corpus, &fronts(), 1).unwrap();
    let wave = corpus.load(1).unwrap().samples;
    let mut out = vec![9.0; 100];
    stores[0].crop(1, wave.len() - 40, 100, &mut out).unwrap();
    assert_eq!(out[..40], wave[wave.len() - 40..]);
    assert_eq!(out[40..], [0.0; 60]);
    stores[0].crop(1, 1_000_000, 100, &mut out).unwrap();
    assert_eq!(out, [0.0; 100]);
    let frames = stores[2].length(1);
    let whole = stores[2].item(1).unwrap();
    let mut out = vec![9.0; 3 * 40];
    stores[2].crop(1, frames - 2, 3, &mut out).unwrap();
    assert_eq!(out[..80], whole[(frames - 2) * 40..]);
    assert_eq!(out[80..], [0.0; 40]);
    assert!(stores[2].crop(2, 0, 3, &mut out).is_err());
    assert!(stores[2].crop(1, 0, 2, &mut out).is_err());
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let (one, four) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    make(one.path(), &Ramps::new(20), &fronts(), 1).unwrap();
    make(four.path(), &Ramps::new(20), &fronts(), 4).unwrap();
    let relative = |folder: &Path| -> Vec<(PathBuf, Vec<u8>)> {
        let inside =
            |(path, bytes): (PathBuf, Vec<u8>)| (path.strip_prefix(folder).unwrap().into(), bytes);
        files(folder).into_iter().map(inside).collect()
    };
    assert!(relative(one.path()) == relative(four.path()));
}

#[test]
fn a_store_is_made_once_and_a_store_of_frames_reads_the_samples_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = Ramps::new(5);
    make(folder.path(), &corpus, &fronts()[1..2], 2).unwrap();
    let stores = make(folder.path(), &corpus, &fronts()[1..], 2).unwrap();
    make(folder.path(), &corpus, &fronts()[1..], 2).unwrap();
    assert_eq!(corpus.loads.load(Ordering::Relaxed), 5);
    let direct = tempfile::tempdir().unwrap();
    let others = make(direct.path(), &corpus, &fronts()[2..], 2).unwrap();
    assert_eq!(stores[1].item(4).unwrap(), others[0].item(4).unwrap());
    assert_eq!(stores[2].item(4).unwrap(), others[1].item(4).unwrap());
}

#[test]
fn every_unusable_item_is_listed_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut corpus = Ramps::new(9);
    corpus.bad = vec![2, 7];
    let error = make(folder.path(), &corpus, &fronts(), 2).unwrap_err().to_string();
    let lines =
        "2 of 9 items cannot be used:\n  002: ramp: it is too steep\n  007: ramp: it is too steep";
    assert_eq!(error, format!("ramps: {lines}"));
    assert!(files(folder.path()).iter().all(|(path, _)| path.ends_with("lock")));
}

#[test]
fn a_damaged_store_is_an_error_that_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = Ramps::new(3);
    make(folder.path(), &corpus, &fronts()[..1], 1).unwrap();
    let store = folder.path().join(fronts()[0].store_name(&corpus).unwrap());
    let shard = store.join("00000.f32");
    let bytes = std::fs::read(&shard).unwrap();
    std::fs::write(&shard, &bytes[..bytes.len() - 4]).unwrap();
    let error = make(folder.path(), &corpus, &fronts()[..1], 1).unwrap_err().to_string();
    assert!(error.contains("remove its folder and it will be made again"), "{error}");
    std::fs::write(store.join("index.json"), "{").unwrap();
    assert!(Store::open(&store).unwrap_err().to_string().contains("index.json"));
}

#[test]
#[ignore = "not a test: the process that the next one starts, and that dies half way"]
fn dies_while_a_store_is_made() {
    if let Ok(folder) = std::env::var("BENCH_TEST_DIES_IN") {
        let mut corpus = Ramps::new(20);
        corpus.dies_at = Some(12);
        let _ = make(Path::new(&folder), &corpus, &fronts(), 1);
    }
}

#[test]
fn a_store_whose_making_was_killed_is_made_anew() {
    let (killed, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::dies_while_a_store_is_made", "--ignored"])
        .env("BENCH_TEST_DIES_IN", killed.path())
        .output()
        .unwrap()
        .status;
    assert!(!status.success());
    let corpus = Ramps::new(20);
    for front in fronts() {
        let name = front.store_name(&corpus).unwrap();
        assert!(killed.path().join(format!("{name}.part")).is_dir(), "it died half way");
        assert!(Store::open(&killed.path().join(name)).unwrap().is_none());
    }
    make(killed.path(), &corpus, &fronts(), 2).unwrap();
    make(whole.path(), &corpus, &fronts(), 2).unwrap();
    let bytes =
        |folder: &Path| files(folder).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
    assert!(bytes(killed.path()) == bytes(whole.path()));
}

#[test]
fn a_folder_that_cannot_be_written_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let error = make(&file.join("stores"), &Ramps::new(2), &fronts(), 1).unwrap_err().to_string();
    assert!(error.starts_with("cannot create "), "{error}");
}
