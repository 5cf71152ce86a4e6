//! What MTG-Jamendo is, and its lists.

use crate::data::Kind;
use crate::data::dataset::{Card, List, SplitCard, TargetCard};

pub(super) const SOURCE: &str = "github.com/MTG/mtg-jamendo-dataset, folder data/splits/split-0";

/// Where the lists are, byte for byte.
const ADDRESS: &str =
    "https://raw.githubusercontent.com/MTG/mtg-jamendo-dataset/master/data/splits/split-0/";

pub(super) const GENRE: [List; 3] = [
    list(
        "autotagging_genre-train.tsv",
        "c1cddb195ef94a07e67e227bf38e2a79389c1820950702b8c8894a2096f21e54",
    ),
    list(
        "autotagging_genre-validation.tsv",
        "3e203b4c573db6ec63a06c7066cf678dcf673a68ad5694c8fed22637c270dbcf",
    ),
    list(
        "autotagging_genre-test.tsv",
        "cf917388eebfa7d17d363c2fca037e2379ac027e31aa6dbe92e8dbf409ac5098",
    ),
];

const INSTRUMENT: [List; 3] = [
    list(
        "autotagging_instrument-train.tsv",
        "f844a85f0b40bb31a5d5b448ddfc10a68d7b38ecc760673d23df2bd6e7ca0f4c",
    ),
    list(
        "autotagging_instrument-validation.tsv",
        "a5060020013ac5ba65c6470ee83fc2a9785db1fe554b55065de08aa9b0cca70d",
    ),
    list(
        "autotagging_instrument-test.tsv",
        "8c1ab86f3212b6484106baf2e78f70dd5520b917607487ac98999adbd5d7ab1a",
    ),
];

const MOOD_THEME: [List; 3] = [
    list(
        "autotagging_moodtheme-train.tsv",
        "e5e9e798364b34bd241b773e5011809b24429edf471f27cf21dd8181077ba2d4",
    ),
    list(
        "autotagging_moodtheme-validation.tsv",
        "ecaa279367153476884d84d686479e566234cef1814bd6892a8755ba0a550dbf",
    ),
    list(
        "autotagging_moodtheme-test.tsv",
        "4341b5586bb3e5a80a882ce9ef33cb8b1bdaa7df856246ecc5de188dfe1cf394",
    ),
];

const TOP50: [List; 3] = [
    list(
        "autotagging_top50tags-train.tsv",
        "6dee445ddd1901286184c2059d3d5eef7486f083ae80de9011705f852a850dde",
    ),
    list(
        "autotagging_top50tags-validation.tsv",
        "4f5f0f0a7662f523b45727476f67d799d6e98151b2c585a8e94e19d980ad93c1",
    ),
    list(
        "autotagging_top50tags-test.tsv",
        "3ede06a35e6cb27e1dbe8cfc84708a607622e30e5cd0a7199fce6c081124bc35",
    ),
];

const fn list(file: &'static str, sha256: &'static str) -> List {
    List { file, sha256, source: SOURCE, folder: Some(ADDRESS) }
}

/// Lists of train, valid and test with some of the tags.
pub(super) struct Subset {
    pub(super) target: &'static str,
    pub(super) split: &'static str,
    pub(super) lists: &'static [List; 3],
}

/// The first three hold every tag once; the last holds the most frequent of them again.
pub(super) static SUBSETS: [Subset; 4] = [
    Subset { target: "genre", split: "split_0_genre", lists: &GENRE },
    Subset { target: "instrument", split: "split_0_instrument", lists: &INSTRUMENT },
    Subset { target: "mood_theme", split: "split_0_mood_theme", lists: &MOOD_THEME },
    Subset { target: "top50", split: "split_0_top50", lists: &TOP50 },
];

pub(super) static CARD: Card = Card {
    name: "mtg_jamendo",
    title: "MTG-Jamendo (Bogdanov, Won, Tovstogan, Porter and Serra 2019)",
    licence: "sound under each track's own Creative Commons licence, metadata CC BY-NC-SA 4.0",
    size: "55,701 whole tracks of 30 s and more: mp3 of 320 kbps, 508 GB, or mono mp3 (audio-low), \
           156 GB",
    source: "github.com/MTG/mtg-jamendo-dataset: scripts/download/download.py for the sound, \
             data/splits/split-0 for the lists, which hold the labels",
    layout: "<NN>/<id>.mp3 or, of audio-low, <NN>/<id>.low.mp3, NN the last two digits of the id",
    faults: "the lists end lines with CRLF and give each tag a column of its own; they have 183 of \
             the 195 tags and 55,525 of the tracks; no artist straddles a split",
    corrupt: &[],
    downloads: &[],
    by_hand: "run scripts/download/download.py of github.com/MTG/mtg-jamendo-dataset for the sound",
    targets: &[
        TargetCard { name: "top50", kind: Kind::Tags, about: "the 50 tags with the most tracks" },
        TargetCard { name: "genre", kind: Kind::Tags, about: "87 genres" },
        TargetCard { name: "instrument", kind: Kind::Tags, about: "40 instruments" },
        TargetCard { name: "mood_theme", kind: Kind::Tags, about: "56 moods and themes" },
        TargetCard {
            name: "all_tags",
            kind: Kind::Tags,
            about: "183 tags: genres, instruments, moods and themes",
        },
    ],
    splits: &[
        SplitCard {
            name: "split_0_top50",
            origin: "lists autotagging_top50tags of split 0 of Bogdanov et al. 2019",
            lists: &TOP50,
            items: [32_136, 10_888, 11_356],
        },
        SplitCard {
            name: "split_0_genre",
            origin: "lists autotagging_genre of split 0 of Bogdanov et al. 2019",
            lists: &GENRE,
            items: [32_572, 11_043, 11_479],
        },
        SplitCard {
            name: "split_0_instrument",
            origin: "lists autotagging_instrument of split 0 of Bogdanov et al. 2019",
            lists: &INSTRUMENT,
            items: [14_395, 5_466, 5_115],
        },
        SplitCard {
            name: "split_0_mood_theme",
            origin: "lists autotagging_moodtheme of split 0 of Bogdanov et al. 2019",
            lists: &MOOD_THEME,
            items: [9_949, 3_802, 4_231],
        },
        SplitCard {
            name: "split_0",
            origin: "the lists of genre, instrument and mood/theme together: lists autotagging of \
                     split 0",
            lists: &[
                GENRE[0],
                GENRE[1],
                GENRE[2],
                INSTRUMENT[0],
                INSTRUMENT[1],
                INSTRUMENT[2],
                MOOD_THEME[0],
                MOOD_THEME[1],
                MOOD_THEME[2],
            ],
            items: [32_859, 11_101, 11_565],
        },
    ],
};
