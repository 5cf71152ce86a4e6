//! AudioSet: the segments that are called music, without labels.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Card, Catalogue, Dataset, Download, Place, Recording};
use crate::data::corpus::Item;
use crate::error::{Error, Result};
use crate::files;

/// J. Gemmeke, D. Ellis, D. Freedman, A. Jansen, W. Lawrence, R. Moore, M. Plakal and M. Ritter,
/// "Audio Set: an ontology and human-labeled dataset for audio events", ICASSP 2017.
pub(super) struct AudioSet;

/// The label Music.
const MUSIC: &str = "/m/04rlf";

/// `<set>_segments.csv` lists the sound of `audio/<set>`.
const SETS: [&str; 3] = ["balanced_train", "eval", "unbalanced_train"];

/// Where its files are.
const ADDRESS: &str = "http://storage.googleapis.com/us_audioset/youtube_corpus/v1/csv/";

static CARD: Card = Card {
    name: "audioset",
    title: "AudioSet, music (Gemmeke et al. 2017)",
    licence: "segments and labels CC BY 4.0; the sound is its uploaders'",
    size: "of about 2.1 million segments of at most 10 s those that are labelled Music and can \
           still be had: about 822,000 for Myna, whose list is not published",
    source: "research.google.com/audioset: {unbalanced_train,balanced_train,eval}_segments.csv; \
             the sound is on YouTube, and no one distributes it",
    layout: "<set>_segments.csv with audio/<set>/<YTID>.wav (or any other kind of sound file), \
             each cut to its segment, where the set is unbalanced_train, balanced_train or eval; \
             this is the layout assumed here, since there is no published one; a set without a \
             folder of sound is left out",
    faults: "the files that are there are the items: a large share of the videos is gone, so no \
             two copies agree; music is what is labelled /m/04rlf, which pieces labelled by their \
             instruments or genre alone are not; FMA in its size large is a substitute that can \
             be had, and then to be said",
    corrupt: &[],
    downloads: &[
        Download::plain(ADDRESS, "unbalanced_train_segments.csv"),
        Download::plain(ADDRESS, "balanced_train_segments.csv"),
        Download::plain(ADDRESS, "eval_segments.csv"),
    ],
    by_hand: "fetch the videos that are left of the segments labelled Music, and cut each to \
              its segment",
    targets: &[],
    splits: &[],
};

impl Dataset for AudioSet {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, place: &Place) -> Result<Catalogue> {
        let mut catalogue = Catalogue::default();
        let audio = place.folder.join("audio");
        let there = SETS.into_iter().filter(|set| audio.join(set).is_dir());
        let there: Vec<&str> = there.collect();
        if there.is_empty() {
            let message = format!("there is none of the folders {}", SETS.join(", "));
            return Err(Error::data(audio.display(), message));
        }
        for set in there {
            let sounds = sounds(&audio.join(set))?;
            let path = place.folder.join(format!("{set}_segments.csv"));
            for (line, text) in files::read_text(&path)?.lines().enumerate() {
                if text.starts_with('#') || text.trim().is_empty() {
                    continue;
                }
                match segment(text) {
                    Ok((id, true)) => {
                        let name = sounds.get(id);
                        let file = name.map(|name| PathBuf::from("audio").join(set).join(name));
                        catalogue.recordings.extend(file.map(|file| recording(id, file)));
                    }
                    Ok((_, false)) => {}
                    Err(message) => catalogue.problem(&path, line + 1, message),
                }
            }
        }
        Ok(catalogue.finish(&place.folder))
    }
}

fn recording(id: &str, file: PathBuf) -> Recording {
    let targets = BTreeMap::new();
    let item = Item { id: id.into(), group: id.into(), work: None, targets };
    Recording { item, file, part: None }
}

/// The names of the files in a folder by what comes before their extension.
fn sounds(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).map_err(Error::io("read", folder))? {
        let name = entry.map_err(Error::io("read", folder))?.file_name();
        names.extend(name.into_string().ok());
    }
    let named = names.into_iter().filter_map(|name| {
        let id = name.rsplit_once('.')?.0.to_string();
        Some((id, name))
    });
    Ok(named.collect())
}

/// The video of a segment and whether it is music.
///
/// A blank follows each comma, also before the quoted labels, which readers of tables take for
/// unquoted.
fn segment(text: &str) -> Result<(&str, bool), String> {
    let cells: Vec<&str> = text.splitn(4, ',').map(str::trim).collect();
    let [id, start, end, labels] = cells[..] else {
        return Err("expected YTID, start_seconds, end_seconds, \"labels\"".into());
    };
    let named = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if id.len() != 11 || !id.bytes().all(named) {
        return Err(format!("{id:?} is not a video's id of 11 characters"));
    }
    let seconds = |text: &str| text.parse::<f64>().ok().filter(|s| s.is_finite() && *s >= 0.0);
    match (seconds(start), seconds(end)) {
        (Some(start), Some(end)) if start < end => {}
        _ => return Err(format!("{start:?} to {end:?} is not a stretch of seconds")),
    }
    let quoted = labels.strip_prefix('"').and_then(|labels| labels.strip_suffix('"'));
    let labels = quoted.ok_or_else(|| format!("the labels {labels:?} are not quoted"))?;
    if let Some(label) = labels.split(',').find(|label| !label.starts_with('/')) {
        return Err(format!("{label:?} is not a label like {MUSIC}"));
    }
    Ok((id, labels.split(',').any(|label| label == MUSIC)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::dataset::{laid_out, told};

    const HEADER: &str = "\
# Segments csv created Sun Mar  5 10:54:31 2017
# num_ytids=22160, num_segs=22160, num_unique_labels=527, num_positive_labels=52882
# YTID, start_seconds, end_seconds, positive_labels
";

    const SEGMENTS: &str = "\
--PJHxphWEs, 30.000, 40.000, \"/m/09x0r,/t/dd00088\"
--aE2O5G5WE, 0.000, 10.000, \"/m/03fwl,/m/04rlf,/m/09x0r\"
-0DLPzsiXXE, 30.000, 40.000, \"/m/04rlf,/m/07qwdck\"
-NNjOlPg0y0, 0.000, 5.000, \"/m/04rlf\"
";

    #[test]
    fn segments_with_the_label_music_whose_sound_is_there_are_items() {
        let text = format!("{HEADER}{SEGMENTS}");
        let eval = text.replace("-NNjOlPg0y0", "zzjOlPg0y0_").replace('\n', "\r\n");
        let folder = laid_out(&[
            ("balanced_train_segments.csv", &text),
            ("audio/balanced_train/--PJHxphWEs.wav", ""),
            ("audio/balanced_train/--aE2O5G5WE.wav", ""),
            ("audio/balanced_train/-NNjOlPg0y0.opus", ""),
            ("audio/balanced_train/-0DLPzsiXXE.wav.part", ""),
            ("eval_segments.csv", &eval),
            ("audio/eval/zzjOlPg0y0_.mp3", ""),
        ]);
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = AudioSet.read(&place).unwrap();
        assert_eq!(told(&catalogue, folder.path()), Vec::<String>::new());
        let found: Vec<(&str, &str)> = catalogue
            .recordings
            .iter()
            .map(|r| (&*r.item.group, r.file.to_str().unwrap()))
            .collect();
        assert_eq!(
            found,
            [
                ("--aE2O5G5WE", "audio/balanced_train/--aE2O5G5WE.wav"),
                ("-NNjOlPg0y0", "audio/balanced_train/-NNjOlPg0y0.opus"),
                ("zzjOlPg0y0_", "audio/eval/zzjOlPg0y0_.mp3"),
            ]
        );
        assert!(catalogue.recordings.iter().all(|r| r.item.targets.is_empty()));
    }

    #[test]
    fn wrong_segments_are_told_with_their_lines() {
        let text = format!(
            "{HEADER}\
             --PJHxphWEs, 30.000, 40.000\n\
             ../../x.wav, 30.000, 40.000, \"/m/04rlf\"\n\
             --PJHxphWE, 30.000, 40.000, \"/m/04rlf\"\n\
             --PJHxphWEs, 40.000, 30.000, \"/m/04rlf\"\n\
             --PJHxphWEs, 30.000, nan, \"/m/04rlf\"\n\
             --PJHxphWEs, 30.000, 40.000, /m/04rlf\n\
             --PJHxphWEs, 30.000, 40.000, \"\n\
             --PJHxphWEs, 30.000, 40.000, \"/m/04rlf,\"\n\
             {SEGMENTS}"
        );
        let folder = laid_out(&[
            ("eval_segments.csv", &text),
            ("audio/eval/--PJHxphWEs.wav", ""),
            ("audio/eval/--aE2O5G5WE.wav", ""),
        ]);
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = AudioSet.read(&place).unwrap();
        assert_eq!(catalogue.recordings.len(), 1);
        assert_eq!(
            told(&catalogue, folder.path()),
            [
                "eval_segments.csv:4: expected YTID, start_seconds, end_seconds, \"labels\"",
                "eval_segments.csv:5: \"../../x.wav\" is not a video's id of 11 characters",
                "eval_segments.csv:6: \"--PJHxphWE\" is not a video's id of 11 characters",
                "eval_segments.csv:7: \"40.000\" to \"30.000\" is not a stretch of seconds",
                "eval_segments.csv:8: \"30.000\" to \"nan\" is not a stretch of seconds",
                "eval_segments.csv:9: the labels \"/m/04rlf\" are not quoted",
                "eval_segments.csv:10: the labels \"\\\"\" are not quoted",
                "eval_segments.csv:11: \"\" is not a label like /m/04rlf",
            ]
        );
    }

    #[test]
    fn sound_without_a_list_and_no_sound_at_all_are_refused() {
        let folder = laid_out(&[("audio/eval/--PJHxphWEs.wav", "")]);
        let place = Place { folder: folder.path().into(), lists: None };
        let error = AudioSet.read(&place).unwrap_err().to_string();
        assert!(error.ends_with("eval_segments.csv"), "{error}");
        let folder = laid_out(&[("eval_segments.csv", HEADER)]);
        let place = Place { folder: folder.path().into(), lists: None };
        let error = AudioSet.read(&place).unwrap_err().to_string();
        let expected = ": there is none of the folders balanced_train, eval, unbalanced_train";
        assert!(error.ends_with(expected), "{error}");
    }
}
