//! VocalSet: singers and their techniques.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Card, Catalogue, Dataset, Download, Place, Recording, SplitCard, TargetCard};
use crate::data::corpus::Item;
use crate::data::manifest::Problem;
use crate::data::{Kind, Target};
use crate::error::{Error, Result, unknown};
use crate::files;

/// J. Wilkins, P. Seetharaman, A. Wahl and B. Pardo, "VocalSet: a singing voice dataset",
/// ISMIR 2018.
pub(super) struct VocalSet;

/// The folder of all sound in version 1.1 and in version 1.2.
const ROOTS: [&str; 2] = ["FULL", "data_by_singer"];

const SINGERS: [&str; 20] = [
    "female1", "female2", "female3", "female4", "female5", "female6", "female7", "female8",
    "female9", "male1", "male2", "male3", "male4", "male5", "male6", "male7", "male8", "male9",
    "male10", "male11",
];

const CONTEXTS: [&str; 4] = ["arpeggios", "excerpts", "long_tones", "scales"];

const TECHNIQUES: [&str; 17] = [
    "belt",
    "breathy",
    "fast_forte",
    "fast_piano",
    "forte",
    "inhaled",
    "lip_trill",
    "messa",
    "pp",
    "slow_forte",
    "slow_piano",
    "spoken",
    "straight",
    "trill",
    "trillo",
    "vibrato",
    "vocal_fry",
];

/// Whose singers are train and whose are test, beside the folder of all sound.
const LISTS: [(usize, &str); 2] =
    [(0, "train_singers_technique.txt"), (2, "test_singers_technique.txt")];

static CARD: Card = Card {
    name: "vocalset",
    title: "VocalSet (Wilkins et al. 2018)",
    licence: "CC BY 4.0",
    size: "about 3,600 recordings of 20 singers, 10.1 h, 44.1 kHz mono, 2.1 GB packed",
    source: "zenodo.org/records/1442513 (VocalSet11.zip); version 1.2 beside it",
    layout: "FULL/<female1..9 or male1..11>/<arpeggios, excerpts, long_tones or scales>/\
             <technique>/<f1..9 or m1..11>_<...>.wav with {train,test}_singers_technique.txt \
             beside FULL; version 1.2 has data_by_singer for FULL",
    faults: "about 30 files whose name does not begin with the singer of their folder, some of \
             them copies of others, and those of the misspelt folder vibrado (female2) are left \
             out and told; names that end in (1) are copies and stay; recordings of one singer, \
             context and technique are a group, so that a drawn split can ask for the singer: for \
             the technique take the split by singers. The random splits of SemiSupCon (singer: \
             2,467/566/577 files of version 1.2; technique: 2,282/403/894, valid drawn from \
             train) have no published seed and are not offered: a suite draws its own",
    corrupt: &[],
    downloads: &[Download::plain("https://zenodo.org/records/1442513/files/", "VocalSet11.zip")],
    by_hand: "unpack: unzip VocalSet11.zip in the folder",
    targets: &[
        TargetCard { name: "singer", kind: Kind::Class, about: "20 singers, f1 to f9, m1 to m11" },
        TargetCard {
            name: "technique",
            kind: Kind::Class,
            about: "17 techniques; the paper asks for 10 of them: belt, breathy, inhaled, \
                    lip_trill, spoken, straight, trill, trillo, vibrato, vocal_fry",
        },
    ],
    splits: &[SplitCard {
        name: "singers",
        origin: "the authors' lists of 15 and 5 singers, which lie in the archive; without valid, \
                 which is drawn from train",
        lists: &[],
        items: [2_685, 0, 894],
    }],
};

impl Dataset for VocalSet {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, place: &Place) -> Result<Catalogue> {
        let there = ROOTS.into_iter().find(|root| place.folder.join(root).is_dir());
        let root = there.ok_or_else(|| {
            let message = format!("there is neither a folder {} nor {}", ROOTS[0], ROOTS[1]);
            Error::data(place.folder.display(), message)
        })?;
        let mut catalogue = Catalogue::default();
        let mut files = Vec::new();
        gather(&place.folder, Path::new(root), &mut files)?;
        for file in files {
            match recording(&file) {
                Ok(recording) => catalogue.recordings.push(recording),
                Err(message) => {
                    let problem = Problem { line: 0, message };
                    catalogue.known.push((place.folder.join(&file), problem));
                }
            }
        }
        let mut catalogue = catalogue.finish(&place.folder.join(root));
        if LISTS.iter().any(|(_, list)| place.folder.join(list).exists()) {
            let parts = split(&place.folder, &mut catalogue)?;
            catalogue.splits.insert("singers", parts);
        }
        Ok(catalogue)
    }
}

/// The sound files below a folder, sorted, as they are called from `home`; hidden ones apart.
fn gather(home: &Path, below: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let folder = home.join(below);
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).map_err(Error::io("read", &folder))? {
        names.insert(entry.map_err(Error::io("read", &folder))?.file_name());
    }
    for name in names {
        let path = below.join(&name);
        if home.join(&path).is_dir() {
            gather(home, &path, files)?;
        } else if path.extension() == Some(OsStr::new("wav"))
            && !name.as_encoded_bytes().starts_with(b".")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// The recording that a file is by its folders, or what is wrong with the file's name.
fn recording(file: &Path) -> Result<Recording, String> {
    let parts: Vec<&str> = file.iter().filter_map(OsStr::to_str).collect();
    let [_, singer, context, technique, name] = parts[..] else {
        return Err("expected <singer>/<context>/<technique>/<name>.wav".into());
    };
    for (kind, name, known) in [
        ("singer", singer, &SINGERS[..]),
        ("context", context, &CONTEXTS[..]),
        ("technique", technique, &TECHNIQUES[..]),
    ] {
        if !known.contains(&name) {
            return Err(unknown(kind, name, known.iter().copied()));
        }
    }
    let singer = short(singer);
    if name.split('_').next() != Some(singer.as_str()) {
        return Err(format!("{name:?} does not begin with {singer}_, the singer of its folder"));
    }
    let id = name.strip_suffix(".wav").unwrap_or(name).to_string();
    let group = format!("{singer}/{context}/{technique}");
    let targets = BTreeMap::from([
        ("singer".into(), Target::Class(singer)),
        ("technique".into(), Target::Class(technique.into())),
    ]);
    let item = Item { id, group, work: None, targets };
    Ok(Recording { item, file: file.into(), part: None })
}

/// `f1` for `female1`, as files are called.
fn short(singer: &str) -> String {
    singer.replacen("emale", "", 1).replacen("ale", "", 1)
}

/// Reads the lists of singers.
fn split(folder: &Path, catalogue: &mut Catalogue) -> Result<[BTreeSet<String>; 3]> {
    let mut parts: [BTreeSet<String>; 3] = Default::default();
    let mut seen = BTreeSet::new();
    for (part, list) in LISTS {
        let path = folder.join(list);
        for (line, text) in files::read_text(&path)?.lines().enumerate() {
            let singer = text.trim();
            let message = match singer {
                "" => continue,
                _ if !SINGERS.contains(&singer) => unknown("singer", singer, SINGERS),
                _ if !seen.insert(singer.to_string()) => format!("{singer} is listed twice"),
                _ => {
                    let singer = short(singer);
                    let items = catalogue.recordings.iter().map(|recording| &recording.item);
                    let sung = items.filter(|item| item.class("singer") == Some(singer.as_str()));
                    parts[part].extend(sung.map(|item| item.id.clone()));
                    continue;
                }
            };
            catalogue.problem(&path, line + 1, message);
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::dataset::{laid_out, told};

    fn read(files: &[(&str, &str)]) -> (Catalogue, Vec<String>) {
        let folder = laid_out(files);
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = VocalSet.read(&place).unwrap();
        let told = told(&catalogue, folder.path());
        (catalogue, told)
    }

    #[test]
    fn folders_say_who_sings_and_how() {
        for root in ROOTS {
            let (catalogue, told) = read(&[
                (&format!("{root}/female1/scales/vocal_fry/f1_scales_vocal_fry_a.wav"), ""),
                (&format!("{root}/male11/long_tones/straight/m11_long_straight_i.wav"), ""),
                (&format!("{root}/male11/long_tones/straight/._m11_long_straight_i.wav"), ""),
                (&format!("{root}/.DS_Store"), ""),
            ]);
            assert_eq!(told, Vec::<String>::new());
            let found: Vec<_> = catalogue
                .recordings
                .iter()
                .map(|r| (&*r.item.id, r.item.class("singer"), r.item.class("technique")))
                .collect();
            assert_eq!(
                found,
                [
                    ("f1_scales_vocal_fry_a", Some("f1"), Some("vocal_fry")),
                    ("m11_long_straight_i", Some("m11"), Some("straight")),
                ]
            );
            assert_eq!(catalogue.recordings[1].item.group, "m11/long_tones/straight");
            assert!(catalogue.splits.is_empty());
        }
    }

    #[test]
    fn files_of_nobody_and_of_someone_else_are_left_out_and_told() {
        let (catalogue, told) = read(&[
            ("FULL/female2/arpeggios/vibrado/f2_arpeggios_vibrato_a.wav", ""),
            ("FULL/female2/scales/vibrato/f2_scales_vibrato_a(1).wav", ""),
            ("FULL/male1/excerpts/straight/m10_row_straight.wav", ""),
            ("FULL/male8/excerpts/straight/row_straight.wav", ""),
            ("FULL/male8/excerpts/vibrato/m9_caro_vibrato.wav", ""),
            ("FULL/male8/m8_row.wav", ""),
        ]);
        let ids: Vec<&str> = catalogue.recordings.iter().map(|r| &*r.item.id).collect();
        assert_eq!(ids, ["f2_scales_vibrato_a(1)"]);
        let known = TECHNIQUES.join(", ");
        assert_eq!(
            told,
            [
                format!(
                    "FULL/female2/arpeggios/vibrado/f2_arpeggios_vibrato_a.wav:0: unknown \
                     technique \"vibrado\"; did you mean \"vibrato\"? known: {known}"
                ),
                "FULL/male1/excerpts/straight/m10_row_straight.wav:0: \"m10_row_straight.wav\" \
                 does not begin with m1_, the singer of its folder"
                    .into(),
                "FULL/male8/excerpts/straight/row_straight.wav:0: \"row_straight.wav\" does not \
                 begin with m8_, the singer of its folder"
                    .into(),
                "FULL/male8/excerpts/vibrato/m9_caro_vibrato.wav:0: \"m9_caro_vibrato.wav\" \
                 does not begin with m8_, the singer of its folder"
                    .into(),
                "FULL/male8/m8_row.wav:0: expected <singer>/<context>/<technique>/<name>.wav"
                    .into(),
            ]
        );
    }

    #[test]
    fn the_lists_of_singers_are_a_split_without_valid() {
        let (catalogue, told) = read(&[
            ("FULL/female1/scales/belt/f1_scales_belt_a.wav", ""),
            ("FULL/female2/scales/belt/f2_scales_belt_a.wav", ""),
            ("FULL/male1/scales/belt/m1_scales_belt_a.wav", ""),
            ("FULL/male10/scales/belt/m10_scales_belt_a.wav", ""),
            ("train_singers_technique.txt", "female1\r\nmale1\r\n\r\nmale12\r\n"),
            ("test_singers_technique.txt", "female2\nmale1\nmale10"),
        ]);
        let set = |ids: &[&str]| ids.iter().map(|id| id.to_string()).collect::<BTreeSet<_>>();
        assert_eq!(
            catalogue.splits["singers"],
            [
                set(&["f1_scales_belt_a", "m1_scales_belt_a"]),
                set(&[]),
                set(&["f2_scales_belt_a", "m10_scales_belt_a"]),
            ]
        );
        let twice = "test_singers_technique.txt:2: male1 is listed twice";
        assert!(told[0].starts_with("train_singers_technique.txt:4: unknown singer \"male12\""));
        assert_eq!(told[1..], [twice]);
    }

    #[test]
    fn a_folder_of_something_else_is_refused() {
        let folder = laid_out(&[("data_by_vowel/a/f1_scales_belt_a.wav", "")]);
        let place = Place { folder: folder.path().into(), lists: None };
        let error = VocalSet.read(&place).unwrap_err().to_string();
        assert!(error.ends_with(": there is neither a folder FULL nor data_by_singer"), "{error}");
    }
}
