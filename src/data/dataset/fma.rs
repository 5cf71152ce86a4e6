//! Free Music Archive: clips with a genre, in three sizes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::rows::{Row, Rows};
use super::{
    Card, Catalogue, Checksum, Dataset, Download, Place, Recording, SplitCard, TargetCard,
};
use crate::data::corpus::Item;
use crate::data::{Kind, Target};
use crate::error::{Error, Result, unknown};

/// M. Defferrard, K. Benzi, P. Vandergheynst and X. Bresson, "FMA: a dataset for music analysis",
/// ISMIR 2017.
pub(super) struct Fma;

/// Each holds those before it.
const SUBSETS: [&str; 3] = ["small", "medium", "large"];

/// Train, valid and test as the table calls them.
const PARTS: [&str; 3] = ["training", "validation", "test"];

const OFFICIAL: &str = "the authors' split, by artist and stratified by genre, of the subset";

/// Where its files are.
const ADDRESS: &str = "https://os.unil.cloud.switch.ch/fma/";

static CARD: Card = Card {
    name: "fma",
    title: "Free Music Archive (Defferrard et al. 2017)",
    licence: "metadata CC BY 4.0, sound under each track's own Creative Commons licence",
    size: "clips of 30 s, mostly 44.1 kHz stereo .mp3: small 8,000 (7 GiB), medium 25,000 \
           (22 GiB), large 106,574 (93 GiB)",
    source: "github.com/mdeff/fma: fma_metadata.zip and one of fma_{small,medium,large}.zip",
    layout: "fma_metadata/tracks.csv and fma_<small, medium or large>/000/000002.mp3; the largest \
             that is there is the corpus, and splits of larger subsets are not offered",
    faults: "15 clips without sound, of which 99134, 108925 and 133297 are in small, are in the \
             splits but are no items; 98565 to 98569 and 108924 are shorter than 30 s; half of \
             large has no genre",
    // Clips without any sound: github.com/mdeff/fma/wiki.
    corrupt: &[
        "001486", "005574", "065753", "080391", "098558", "098559", "098560", "098571", "099134",
        "105247", "108925", "126981", "127336", "133297", "143992",
    ],
    downloads: &[
        Download {
            checksum: Some(Checksum::Sha1("f0df49ffe5f2a6008d7dc83c6915b31835dfe733")),
            ..Download::plain(ADDRESS, "fma_metadata.zip")
        },
        Download {
            checksum: Some(Checksum::Sha1("ade154f733639d52e35e32f5593efe5be76c6d70")),
            ..Download::plain(ADDRESS, "fma_small.zip")
        },
        Download {
            checksum: Some(Checksum::Sha1("c67b69ea232021025fca9231fc1c7c1a063ab50b")),
            named: true,
            ..Download::plain(ADDRESS, "fma_medium.zip")
        },
        Download {
            checksum: Some(Checksum::Sha1("497109f4dd721066b5ce5e5f250ec604dc78939e")),
            named: true,
            ..Download::plain(ADDRESS, "fma_large.zip")
        },
    ],
    by_hand: "unpack: unzip (or 7z x) each archive in the folder",
    targets: &[TargetCard {
        name: "genre",
        kind: Kind::Class,
        about: "the track's one top genre: 8 in small, balanced, 16 in medium and large",
    }],
    splits: &[
        SplitCard { name: "small", origin: OFFICIAL, lists: &[], items: [6_400, 800, 800] },
        SplitCard { name: "medium", origin: OFFICIAL, lists: &[], items: [19_922, 2_505, 2_573] },
        SplitCard { name: "large", origin: OFFICIAL, lists: &[], items: [84_353, 10_958, 11_263] },
    ],
};

/// Where the columns are that are read.
struct Columns {
    artist: usize,
    part: usize,
    subset: usize,
    genre: usize,
}

/// What a row says.
struct Track<'a> {
    number: u32,
    artist: &'a str,
    part: usize,
    subset: usize,
    genre: &'a str,
}

impl Dataset for Fma {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, place: &Place) -> Result<Catalogue> {
        let there = |subset: &&str| place.folder.join(format!("fma_{subset}")).is_dir();
        let largest = SUBSETS.iter().rposition(there).ok_or_else(|| {
            let known = SUBSETS.map(|subset| format!("fma_{subset}")).join(", ");
            Error::data(place.folder.display(), format!("there is none of {known}"))
        })?;
        let path = place.folder.join("fma_metadata/tracks.csv");
        let rows = Rows::read(&path, b',', &["artist", "set", "track"])?;
        let mut catalogue = Catalogue { problems: rows.problems.clone(), ..Catalogue::default() };
        let columns = Columns::find(&rows)?;
        let sound = PathBuf::from(format!("fma_{}", SUBSETS[largest]));
        // The second row goes on with the header, the third names the index.
        for row in rows.iter().skip(1).filter(|row| row.at(0) != "track_id") {
            let track = match columns.track(&row) {
                Ok(track) if track.subset > largest => continue,
                Ok(track) => track,
                Err(message) => {
                    catalogue.problem(&path, row.line, message);
                    continue;
                }
            };
            let id = format!("{:06}", track.number);
            for &subset in &SUBSETS[track.subset..=largest] {
                let parts: &mut [BTreeSet<String>; 3] = catalogue.splits.entry(subset).or_default();
                parts[track.part].insert(id.clone());
            }
            if CARD.corrupt.contains(&id.as_str()) {
                continue;
            }
            let genre = Some(track.genre).filter(|genre| !genre.is_empty());
            let genre = genre.map(|genre| ("genre".to_string(), Target::Class(genre.into())));
            let targets = BTreeMap::from_iter(genre);
            let file = sound.join(&id[..3]).join(format!("{id}.mp3"));
            let item = Item { id, group: track.artist.into(), work: None, targets };
            catalogue.recordings.push(Recording { item, file, part: None });
        }
        Ok(catalogue.finish(&path))
    }
}

impl Columns {
    fn find(rows: &Rows) -> Result<Columns> {
        let below = rows.iter().next();
        let find = |above: &str, name: &str| {
            let mut places = 0..rows.header().len();
            let named = |place: usize| below.as_ref().is_some_and(|row| row.at(place) == name);
            let found = places.find(|place| rows.header()[*place] == above && named(*place));
            found.ok_or_else(|| {
                let message = format!("no column {name:?} below {above:?}");
                Error::data(format!("{}:2", rows.path().display()), message)
            })
        };
        Ok(Columns {
            artist: find("artist", "id")?,
            part: find("set", "split")?,
            subset: find("set", "subset")?,
            genre: find("track", "genre_top")?,
        })
    }

    fn track<'a>(&self, row: &'a Row) -> Result<Track<'a>, String> {
        let number = row.at(0);
        let number =
            number.parse::<u32>().map_err(|_| format!("{number:?} is not a track's number"))?;
        let artist = row.at(self.artist);
        if artist.is_empty() {
            return Err(format!("track {number} has no artist"));
        }
        let part = position("split", row.at(self.part), &PARTS)?;
        let subset = position("subset", row.at(self.subset), &SUBSETS)?;
        Ok(Track { number, artist, part, subset, genre: row.at(self.genre) })
    }
}

fn position(kind: &str, name: &str, known: &[&str]) -> Result<usize, String> {
    let place = known.iter().position(|known| *known == name);
    place.ok_or_else(|| unknown(kind, name, known.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::dataset::{laid_out, told};

    const HEADER: &str = "\
,album,album,artist,artist,set,set,track,track
,id,title,bio,id,split,subset,genre_top,title
track_id,,,,,,,,
";

    const TRACKS: &str = "\
2,1,\"AWOL, a way\",\"<p>One line,
another \"\"line\"\"</p>\",1,training,small,Hip-Hop,Food
3,1,AWOL,,1,training,medium,Hip-Hop,Electric Ave
20,4,Niris,,4,validation,large,,Spiritual Level
134,1,AWOL,,1,test,small,Old-Time / Historic,Street Music
99134,9,None,,9,validation,small,Pop,Nothing
155320,9,None,,10,test,medium,Rock,Last
";

    fn read(text: &str, archives: &[&str]) -> (Catalogue, Vec<String>) {
        let kept: Vec<String> = archives.iter().map(|name| format!("{name}/README.txt")).collect();
        let mut files = vec![("fma_metadata/tracks.csv", text)];
        files.extend(kept.iter().map(|name| (name.as_str(), "")));
        let folder = laid_out(&files);
        let place = Place { folder: folder.path().into(), lists: None };
        let catalogue = Fma.read(&place).unwrap();
        let told = told(&catalogue, folder.path());
        (catalogue, told)
    }

    fn ids(parts: &[BTreeSet<String>; 3]) -> [Vec<&str>; 3] {
        parts.each_ref().map(|part| part.iter().map(String::as_str).collect())
    }

    #[test]
    fn two_headers_and_a_name_for_the_index_come_before_the_tracks() {
        let (catalogue, told) = read(&format!("{HEADER}{TRACKS}"), &["fma_large"]);
        assert_eq!(told, Vec::<String>::new());
        let found: Vec<_> = catalogue
            .recordings
            .iter()
            .map(|r| (r.file.to_str().unwrap(), &*r.item.group, r.item.class("genre")))
            .collect();
        assert_eq!(
            found,
            [
                ("fma_large/000/000002.mp3", "1", Some("Hip-Hop")),
                ("fma_large/000/000003.mp3", "1", Some("Hip-Hop")),
                ("fma_large/000/000020.mp3", "4", None),
                ("fma_large/000/000134.mp3", "1", Some("Old-Time / Historic")),
                ("fma_large/155/155320.mp3", "10", Some("Rock")),
            ]
        );
    }

    #[test]
    fn a_subset_holds_the_smaller_ones_and_the_clips_without_sound() {
        let text = format!("{HEADER}{TRACKS}").replace('\n', "\r\n");
        let (catalogue, told) = read(&text, &["fma_small", "fma_large"]);
        assert_eq!(told, Vec::<String>::new());
        let small = [vec!["000002"], vec!["099134"], vec!["000134"]];
        assert_eq!(ids(&catalogue.splits["small"]), small);
        let medium = [vec!["000002", "000003"], vec!["099134"], vec!["000134", "155320"]];
        assert_eq!(ids(&catalogue.splits["medium"]), medium);
        let large = [vec!["000002", "000003"], vec!["000020", "099134"], vec!["000134", "155320"]];
        assert_eq!(ids(&catalogue.splits["large"]), large);
    }

    #[test]
    fn what_the_largest_archive_lacks_is_not_offered() {
        let (catalogue, _) = read(&format!("{HEADER}{TRACKS}"), &["fma_small", "fma_medium"]);
        assert_eq!(catalogue.splits.keys().collect::<Vec<_>>(), [&"medium", &"small"]);
        let files: Vec<&str> =
            catalogue.recordings.iter().map(|r| r.file.to_str().unwrap()).collect();
        assert_eq!(
            files,
            [
                "fma_medium/000/000002.mp3",
                "fma_medium/000/000003.mp3",
                "fma_medium/000/000134.mp3",
                "fma_medium/155/155320.mp3",
            ]
        );
    }

    #[test]
    fn wrong_rows_are_told_with_their_lines() {
        let wrong = "\
x2,1,A,,1,training,small,Pop,T
5,1,A,,1,train,small,Pop,T
6,1,A,,1,test,tiny,Pop,T
7,1,A,,,test,small,Pop,T
8,1,A
9,1,A,,1,test,small,Pop,T
9,1,A,,1,test,small,Pop,T
";
        let (catalogue, told) = read(&format!("{HEADER}{wrong}"), &["fma_small"]);
        assert_eq!(catalogue.recordings.len(), 1);
        let place = "fma_metadata/tracks.csv";
        assert_eq!(
            told,
            [
                format!("{place}:8: 3 cells where the header has 9"),
                format!("{place}:4: \"x2\" is not a track's number"),
                format!("{place}:5: unknown split \"train\"; known: training, validation, test"),
                format!("{place}:6: unknown subset \"tiny\"; known: small, medium, large"),
                format!("{place}:7: track 7 has no artist"),
                format!("{place}:0: duplicate id \"000009\""),
            ]
        );
    }

    #[test]
    fn a_missing_column_and_a_missing_archive_are_told() {
        let header = HEADER.replace("genre_top", "genres");
        let folder =
            laid_out(&[("fma_metadata/tracks.csv", &header), ("fma_small/README.txt", "")]);
        let place = Place { folder: folder.path().into(), lists: None };
        let error = Fma.read(&place).unwrap_err().to_string();
        assert!(
            error.ends_with("tracks.csv:2: no column \"genre_top\" below \"track\""),
            "{error}"
        );
        let folder = laid_out(&[("fma_metadata/tracks.csv", HEADER)]);
        let place = Place { folder: folder.path().into(), lists: None };
        let error = Fma.read(&place).unwrap_err().to_string();
        assert!(error.ends_with("there is none of fma_small, fma_medium, fma_large"), "{error}");
    }
}
