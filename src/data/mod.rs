//! What is learned from and tested on: corpora, their splits, and stores of their sound.

pub mod corpus;
pub mod dataset;
pub mod etudes;
pub mod key;
pub mod manifest;
pub mod parallel;
pub mod split;
pub mod store;
pub mod target;
pub(crate) mod wav;

pub use corpus::{Corpora, Corpus, Item, classes, label_hash};
pub use corpus::{etudes_corpus, expected, export, first, spec};
pub use expected::Expected;
pub use key::Key;
pub use manifest::Manifest;
pub use spec::CorpusSpec;
pub use split::{Division, Split, SplitSpec};
pub use store::{Front, Maker, Needs, Store};
pub use target::{Kind, Target};
