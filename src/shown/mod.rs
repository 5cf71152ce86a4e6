//! Views made to be heard and seen.

pub mod colour;
pub mod picture;

use std::path::Path;

use tch::{Device, Kind, Tensor};

use crate::audio::Wave;
use crate::data::{Front, wav};
use crate::error::{Error, Result};
use crate::files;

/// Some of a batch's views: a file for every row, and as many rows for every item.
#[derive(Debug)]
pub struct Shown {
    name: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Sound { rate: u32, samples: Tensor },
    Picture { panels: Vec<Tensor> },
}

impl Shown {
    /// Sound at `rate` Hz, written as WAV; the files' names end in `name`.
    ///
    /// # Shapes
    /// `[rows, samples]`
    pub fn sound(name: impl Into<String>, rate: u32, samples: &Tensor) -> Shown {
        Shown {
            name: name.into(),
            content: Content::Sound { rate, samples: samples.shallow_clone() },
        }
    }

    /// Spectrograms side by side, written as PNG; what is not a number is drawn as hidden.
    ///
    /// # Shapes
    /// each `[rows, frames, bands]` of power or magnitude
    pub fn picture(name: impl Into<String>, panels: Vec<Tensor>) -> Shown {
        Shown { name: name.into(), content: Content::Picture { panels } }
    }

    /// The views that are clips behind a front end, as they are, called `view1`, `view2`, ….
    ///
    /// # Shapes
    /// `[rows, samples]` for waveforms, `[rows, frames, bands]` for spectrograms; others are left
    /// out.
    pub fn clips(front: &Front, views: &[Tensor]) -> Vec<Shown> {
        let dimensions = match front {
            Front::Wave { .. } => 2,
            Front::Mel(_) | Front::Cqt(_) | Front::Landmarks => 3,
        };
        let is_clips = |view: &&Tensor| view.is_floating_point() && view.dim() == dimensions;
        let show = |(i, view): (usize, &Tensor)| match front {
            Front::Wave { rate } => Shown::sound(format!("view{}", i + 1), *rate, view),
            Front::Mel(_) | Front::Cqt(_) | Front::Landmarks => {
                Shown::picture(format!("view{}", i + 1), vec![view.shallow_clone()])
            }
        };
        views.iter().filter(is_clips).enumerate().map(show).collect()
    }

    /// Whether there is something to see.
    pub fn is_picture(&self) -> bool {
        matches!(self.content, Content::Picture { .. })
    }

    /// How many files it makes of each of so many items.
    ///
    /// # Errors
    /// When the rows cannot be shared out evenly.
    pub fn per_item(&self, items: usize) -> Result<usize> {
        let rows = self.rows();
        if rows == 0 || items == 0 || !rows.is_multiple_of(items) {
            let name = &self.name;
            return Err(Error::Invalid(format!("{rows} rows called {name} of {items} items")));
        }
        Ok(rows / items)
    }

    /// Writes `folder/ITEM_NAME.wav` or `.png` for every item, numbered where an item has several;
    /// gives the number of files.
    ///
    /// # Errors
    /// When the rows are not as many for every item, or a file cannot be written.
    pub fn write(&self, folder: &Path, items: &[String]) -> Result<usize> {
        let each = self.per_item(items.len())?;
        for row in 0..self.rows() {
            let number = if each > 1 { format!("_{}", row % each + 1) } else { String::new() };
            let (bytes, ending) = self.content.bytes(row as i64)?;
            let file = format!("{}_{}{number}.{ending}", items[row / each], self.name);
            files::write_atomically(&folder.join(file), &bytes)?;
        }
        Ok(self.rows())
    }

    fn rows(&self) -> usize {
        let tensor = match &self.content {
            Content::Sound { samples, .. } => Some(samples),
            Content::Picture { panels } => panels.first(),
        };
        tensor.map_or(0, |tensor| tensor.size()[0] as usize)
    }
}

impl Content {
    /// The bytes of a row's file, and how its name ends.
    fn bytes(&self, row: i64) -> Result<(Vec<u8>, &'static str)> {
        let values = |rows: &Tensor| rows.get(row).to_device(Device::Cpu).to_kind(Kind::Float);
        match self {
            Content::Sound { rate, samples } => {
                let samples = Vec::try_from(values(samples))?;
                Ok((wav::bytes(&Wave { rate: *rate, samples })?, "wav"))
            }
            Content::Picture { panels } => {
                Ok((picture::png(&panels.iter().map(values).collect::<Vec<_>>())?, "png"))
            }
        }
    }
}
