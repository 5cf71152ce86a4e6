//! The SHA-256 of sound files, noted in a store so that not every process hashes them again.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::data::parallel::{available_threads, in_order};
use crate::error::{Error, Result};
use crate::files;

/// A file touched less long ago is not noted: a second change could leave the same times, since
/// file systems count them in up to two seconds.
const SETTLED: Duration = Duration::from_secs(2);

/// So many hashes at most are lost when the process is killed.
const AT_ONCE: usize = 1000;

/// Where hashes are noted: a line of JSON for each; of several for a file the last one counts.
#[derive(Debug)]
pub(super) struct Notes {
    path: PathBuf,
}

/// What a file was like when it was hashed; a changed one differs in one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    bytes: u64,
    inode: u64,
    /// Of its content, in seconds and nanoseconds since 1970; anyone may set it.
    modified: (i64, i64),
    /// Of anything about it; only the system sets it.
    changed: (i64, i64),
}

#[derive(Serialize, Deserialize)]
struct Note {
    path: String,
    stamp: Stamp,
    sha256: String,
}

/// The hashes of files, in their order; those of unchanged ones from the notes, if there are any.
///
/// Notes that cannot be read or written only cost time.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn hashes(files: &[&Path], notes: Option<&Notes>) -> Result<Vec<String>> {
    let known = notes.map(|notes| notes.of(files)).unwrap_or_default();
    let (mut all, mut fresh) = (Vec::with_capacity(files.len()), Vec::new());
    let hash = |index: usize| hash(files[index], known.get(files[index]));
    in_order(files.len(), available_threads(), &hash, &mut |_, hashed| {
        let (sha256, note) = hashed?;
        all.push(sha256);
        fresh.extend(note);
        if fresh.len() == AT_ONCE {
            add(notes, &mut fresh);
        }
        Ok(())
    })?;
    add(notes, &mut fresh);
    Ok(all)
}

/// A file's hash, with a note of it where it is new and will hold.
fn hash(file: &Path, known: Option<&Note>) -> Result<(String, Option<Note>)> {
    let (stamp, begun) = (Stamp::of(file), SystemTime::now());
    if let Some(note) = known.filter(|note| Some(note.stamp) == stamp) {
        return Ok((note.sha256.clone(), None));
    }
    let sha256 = files::sha256(file)?;
    let holds = |stamp: &Stamp| stamp.is_settled(begun) && Stamp::of(file) == Some(*stamp);
    let note = |(stamp, path): (Stamp, &str)| Note {
        path: path.to_string(),
        stamp,
        sha256: sha256.clone(),
    };
    let note = stamp.filter(holds).zip(file.to_str()).map(note);
    Ok((sha256, note))
}

/// A store that cannot be written does without notes.
fn add(notes: Option<&Notes>, fresh: &mut Vec<Note>) {
    let fresh = std::mem::take(fresh);
    if let Some(notes) = notes.filter(|_| !fresh.is_empty()) {
        let _ = notes.add(&fresh);
    }
}

impl Stamp {
    fn of(file: &Path) -> Option<Stamp> {
        let about = fs::metadata(file).ok()?;
        Some(Stamp {
            bytes: about.size(),
            inode: about.ino(),
            modified: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
        })
    }

    fn is_settled(&self, now: SystemTime) -> bool {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let before = now.saturating_sub(SETTLED);
        let before = (before.as_secs() as i64, i64::from(before.subsec_nanos()));
        self.modified.max(self.changed) < before
    }
}

impl Notes {
    /// The notes of a store.
    pub fn new(store: &Path) -> Notes {
        Notes { path: store.join("hashes.jsonl") }
    }

    /// What is noted of these files. A line that is damaged is none.
    fn of<'a>(&self, files: &[&'a Path]) -> HashMap<&'a Path, Note> {
        let wanted: HashSet<&Path> = files.iter().copied().collect();
        let Ok(noted) = File::open(&self.path) else { return HashMap::new() };
        let lines = BufReader::new(noted).split(b'\n').map_while(std::io::Result::ok);
        let notes = lines.filter_map(|line| serde_json::from_slice::<Note>(&line).ok());
        let whole = notes.filter(|note| note.sha256.len() == 64);
        whole.filter_map(|note| Some((*wanted.get(Path::new(&note.path))?, note))).collect()
    }

    /// Adds notes behind those of other processes.
    fn add(&self, notes: &[Note]) -> Result<()> {
        // A line that another process was killed in ends here.
        let mut text = String::from("\n");
        for note in notes {
            let line = serde_json::to_string(note);
            text += &line.map_err(|e| Error::data(self.path.display(), e.to_string()))?;
            text.push('\n');
        }
        let _lock = files::lock(&self.path.with_extension("lock"))?;
        let file = OpenOptions::new().create(true).append(true).open(&self.path);
        let mut file = file.map_err(Error::io("write", &self.path))?;
        file.write_all(text.as_bytes()).map_err(Error::io("write", &self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of "one" and of "two", by coreutils' sha256sum.
    const ONE: &str = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
    const TWO: &str = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";

    /// What a forged note says, to be told from what was hashed.
    const FORGED: &str = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

    /// A store and beside it files old enough to be noted.
    fn settled(files: &[&str]) -> (tempfile::TempDir, Vec<PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = files.iter().map(|name| folder.path().join(name)).collect();
        paths.iter().for_each(|path| fs::write(path, "one").unwrap());
        std::thread::sleep(SETTLED + Duration::from_millis(100));
        (folder, paths)
    }

    fn of(paths: &[PathBuf], notes: &Notes) -> Vec<String> {
        let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        hashes(&paths, Some(notes)).unwrap()
    }

    fn forge(notes: &Notes) {
        let text = String::from_utf8_lossy(&fs::read(&notes.path).unwrap()).replace(ONE, FORGED);
        fs::write(&notes.path, text).unwrap();
    }

    #[test]
    fn a_noted_file_is_not_hashed_again_until_it_changes_even_in_secret() {
        let (folder, paths) = settled(&["same", "longer", "secret"]);
        let notes = Notes::new(&folder.path().join("store"));
        assert_eq!(of(&paths, &notes), [ONE; 3]);
        forge(&notes);
        assert_eq!(of(&paths, &notes), [FORGED; 3]);
        fs::write(&paths[1], "one two").unwrap();
        let modified = fs::metadata(&paths[2]).unwrap().modified().unwrap();
        fs::write(&paths[2], "two").unwrap();
        File::options().write(true).open(&paths[2]).unwrap().set_modified(modified).unwrap();
        let [same, longer, secret] = of(&paths, &notes).try_into().unwrap();
        assert_eq!((same.as_str(), secret.as_str()), (FORGED, TWO));
        assert!(longer != FORGED && longer != ONE);
    }

    #[test]
    fn what_was_just_touched_is_not_noted() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("new")];
        fs::write(&paths[0], "one").unwrap();
        let notes = Notes::new(folder.path());
        assert_eq!(of(&paths, &notes), [ONE]);
        assert!(!notes.path.exists());
    }

    #[test]
    fn damaged_notes_cost_nothing_but_time_and_are_mended() {
        let (folder, paths) = settled(&["a\nname", "b"]);
        let notes = Notes::new(folder.path());
        fs::write(&notes.path, [&b"\xff\x00 no JSON\n"[..], b"{\"path\":\"half of a li"].concat())
            .unwrap();
        assert_eq!(of(&paths, &notes), [ONE; 2]);
        forge(&notes);
        assert_eq!(of(&paths, &notes), [FORGED; 2]);
    }

    #[test]
    fn a_store_that_cannot_be_written_holds_nothing_up() {
        let (folder, paths) = settled(&["a"]);
        for place in [paths[0].join("below a file"), PathBuf::from("/proc/no such folder")] {
            assert_eq!(of(&paths, &Notes::new(&place)), [ONE]);
        }
        drop(folder);
    }

    #[test]
    fn what_many_note_at_once_is_all_there() {
        let names: Vec<String> = (0..40).map(|n| format!("file {n}")).collect();
        let (folder, paths) = settled(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let notes = Notes::new(folder.path());
        std::thread::scope(|scope| {
            for some in paths.chunks(5) {
                scope.spawn(|| assert_eq!(of(some, &notes), [ONE; 5]));
            }
        });
        forge(&notes);
        assert_eq!(of(&paths, &notes), [FORGED; 40]);
    }
}
