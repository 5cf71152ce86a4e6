//! What MagnaTagATune is, and its tags.

use crate::data::Kind;
use crate::data::dataset::{Card, Download, SplitCard, TargetCard};

use super::CORRUPT;

/// The tags with the most clips, in the order of musicnn-training's `output_labels_mtt.txt`.
pub(super) const TOP: [&str; 50] = [
    "guitar",
    "classical",
    "slow",
    "techno",
    "strings",
    "drums",
    "electronic",
    "rock",
    "fast",
    "piano",
    "ambient",
    "beat",
    "violin",
    "vocal",
    "synth",
    "female",
    "indian",
    "opera",
    "male",
    "singing",
    "vocals",
    "no vocals",
    "harpsichord",
    "loud",
    "quiet",
    "flute",
    "woman",
    "male vocal",
    "no vocal",
    "pop",
    "soft",
    "sitar",
    "solo",
    "man",
    "classic",
    "choir",
    "voice",
    "new age",
    "dance",
    "male voice",
    "female vocal",
    "beats",
    "harp",
    "cello",
    "no voice",
    "weird",
    "country",
    "metal",
    "female voice",
    "choral",
];

/// Where its files are.
const ADDRESS: &str = "https://mirg.city.ac.uk/datasets/magnatagatune/";

pub(super) static CARD: Card = Card {
    name: "magnatagatune",
    title: "MagnaTagATune (Law, West, Mandel, Bay and Downie 2009)",
    licence: "sound CC BY-NC-SA (Magnatune), tags for research",
    size: "25,863 clips of 29.1 s, 16,000 Hz mono, 32 kbps mp3, 2.8 GB",
    source: "mirg.city.ac.uk/codeapps/the-magnatagatune-dataset: both tables, and mp3.zip.001 to \
             .003, which are joined by cat mp3.zip.00? > mp3.zip",
    layout: "annotations_final.csv, clip_info_final.csv and, of mp3.zip, the folders 0-9 and a-f \
             with <artist>-<album>-<number>-<title>-<start>-<end>.mp3",
    faults: "clips 35644, 55753 and 57881 cannot be decoded and are left out; 29, 11268 and 11269 \
             are short; the tables are named .csv and separated by tabs; synonyms (vocal, vocals, \
             voice) are tags of their own; 45 of 230 artists have clips in train and in test, and \
             a few are spelt in two ways (C Layne, C. Layne); no clip of valid is tagged birds, \
             bongos, clasical, duet, female singing, girl, jungle, no strings, piano solo, reggae, \
             sax, soprano or woodwind",
    corrupt: &CORRUPT,
    downloads: &[
        Download::plain(ADDRESS, "annotations_final.csv"),
        Download::plain(ADDRESS, "clip_info_final.csv"),
        Download::plain(ADDRESS, "mp3.zip.001"),
        Download::plain(ADDRESS, "mp3.zip.002"),
        Download::plain(ADDRESS, "mp3.zip.003"),
    ],
    by_hand: "join and unpack: cat mp3.zip.00? > mp3.zip && unzip mp3.zip",
    targets: &[
        TargetCard { name: "tags", kind: Kind::Tags, about: "the 50 tags with the most clips" },
        TargetCard { name: "all_tags", kind: Kind::Tags, about: "188 tags" },
    ],
    splits: &[
        SplitCard {
            name: "folders_12_1_3",
            origin: "folders 0-9, a and b are train, c is valid, d to f are test: the clips of \
                     CLMR, PEMR, JukeMIR, MERT and Myna",
            lists: &[],
            items: [18_706, 1_825, 5_329],
        },
        SplitCard {
            name: "tagged_12_1_3",
            origin: "folders_12_1_3 without the clips that have none of the 50 tags: those of \
                     SemiSupCon that can be decoded",
            lists: &[],
            items: [15_247, 1_529, 4_332],
        },
        SplitCard {
            name: "lee_won",
            origin: "tagged_12_1_3 without the three short clips: the lists of Lee and of Won, \
                     clip by clip",
            lists: &[],
            items: [15_244, 1_529, 4_332],
        },
    ],
};
