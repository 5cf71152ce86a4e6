//! McGill Billboard with one key per song.

use std::path::Path;

use super::{Card, Catalogue, Dataset, Download, Place, TargetCard, keyed};
use crate::data::Kind;
use crate::error::{Error, Result};

/// F. Korzeniowski and G. Widmer's keys of songs of J. A. Burgoyne, J. Wild and I. Fujinaga, "An
/// expert ground truth set for audio chord recognition and music analysis", ISMIR 2011.
pub(super) struct Billboard;

/// What the sound that somebody owns may be; the last where there is none.
const SUFFIXES: [&str; 4] = ["flac", "wav", "m4a", "mp3"];

static CARD: Card = Card {
    name: "mcgill_billboard",
    title: "McGill Billboard with keys (Burgoyne et al. 2011, keys by Korzeniowski)",
    licence: "chord annotations CC0; none stated for the keys; the sound is everybody's own",
    size: "625 songs of the American charts, 1958 to 1991",
    source: "www.cp.jku.at/people/korzeniowski/bb.zip holds the keys; the sound is not distributed",
    layout: "key/mcgill-billboard_<id>-<artist>-<title>.key as in bb.zip; for each of them \
             audio/mcgill-billboard_<id>-<artist>-<title>.flac, .wav, .m4a or .mp3 of one's own",
    faults: "everybody has other recordings of these songs, so scores compare with care; KeyMyna's \
             split is unpublished, hence none here: give sizes and a seed, artists stay together",
    corrupt: &[],
    downloads: &[Download::plain("http://www.cp.jku.at/people/korzeniowski/", "bb.zip")],
    by_hand: "put the .key files of bb.zip into key/, and your own recordings of the songs, \
              named like them, into audio/",
    targets: &[TargetCard { name: "key", kind: Kind::Key, about: "24 keys" }],
    splits: &[],
};

impl Dataset for Billboard {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, place: &Place) -> Result<Catalogue> {
        let mut catalogue = Catalogue::default();
        let folder = place.folder.join("key");
        for entry in std::fs::read_dir(&folder).map_err(Error::io("read", &folder))? {
            let name = entry.map_err(Error::io("read", &folder))?.file_name();
            let stem = name.to_str().and_then(|name| name.strip_suffix(".key"));
            let (Some(stem), path) = (stem, folder.join(&name)) else { continue };
            let Some((id, artist)) = identified(stem) else {
                let message = "not named mcgill-billboard_<id>-<artist>-<title>.key";
                catalogue.problem(&path, 0, message.into());
                continue;
            };
            let key = keyed::read(&path, &mut catalogue)?;
            let named = SUFFIXES.map(|suffix| Path::new("audio").join(format!("{stem}.{suffix}")));
            let there = named.iter().find(|file| place.folder.join(file).exists());
            let file = there.unwrap_or(&named[SUFFIXES.len() - 1]).clone();
            let group = artist.replace('_', " ").to_lowercase();
            catalogue.recordings.push(keyed::recording(id.into(), group, key, file));
        }
        Ok(catalogue.finish(&folder))
    }
}

/// The id and the artist in a file's name.
fn identified(stem: &str) -> Option<(&str, &str)> {
    let (id, rest) = stem.strip_prefix("mcgill-billboard_")?.split_once('-')?;
    let (artist, title) = rest.split_once('-')?;
    let whole = [id, artist, title].iter().all(|part| !part.is_empty());
    whole.then_some((id, artist))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::dataset::{laid_out, told};

    #[test]
    fn a_file_name_tells_the_artist_and_its_text_the_key() {
        let sound = "audio/mcgill-billboard_0100-Mr._Mister-Kyrie.wav";
        let folder = laid_out(&[
            ("key/mcgill-billboard_0003-James_Brown-I_Dont_Mind.key", "C:maj\n"),
            ("key/mcgill-billboard_0071-The_Hollies-Carrie-Anne.key", "g# minor"),
            ("key/mcgill-billboard_0072-The_Hollies.key", "C:maj"),
            ("key/mcgill-billboard_0100-Mr._Mister-Kyrie.key", "E dorian\r\n"),
            ("key/readme.txt", "no key"),
            (sound, ""),
        ]);
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = Billboard.read(&place).unwrap();

        let found: Vec<_> = catalogue
            .recordings
            .iter()
            .map(|r| (r.item.id.as_str(), r.item.group.as_str(), r.item.class("key")))
            .collect();
        let expected = [
            ("0003", "james brown", Some("C major")),
            ("0071", "the hollies", Some("Ab minor")),
            ("0100", "mr. mister", None),
        ];
        assert_eq!(found, expected);
        let files: Vec<&Path> = catalogue.recordings.iter().map(|r| r.file.as_path()).collect();
        let silent = Path::new("audio/mcgill-billboard_0071-The_Hollies-Carrie-Anne.mp3");
        assert_eq!(files[1..], [silent, Path::new(sound)]);

        let mut told = told(&catalogue, folder.path());
        told.sort();
        assert_eq!(told.len(), 2);
        assert!(told[0].starts_with("key/mcgill-billboard_0072-The_Hollies.key:0: not named"));
        assert!(told[1].contains("Kyrie.key:1: \"E dorian\" is not a key"), "{}", told[1]);
    }

    #[test]
    fn annotations_that_are_not_there_are_an_error_with_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { folder: folder.path().into(), lists: None };
        let error = Billboard.read(&place).unwrap_err().to_string();
        assert!(error.contains("key"), "{error}");
    }
}
