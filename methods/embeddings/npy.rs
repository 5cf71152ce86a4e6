//! Arrays of an .npz archive, as NumPy's `savez` and `savez_compressed` write them.
//!
//! Source: *NEP 1: A Simple File Format for NumPy Arrays*
//! (<https://numpy.org/neps/nep-0001-npy-format.html>). Arrays of Python objects are pickled, and
//! refused.

use std::io::{Cursor, Read};

use bench::{Error, Result};
use tch::{Kind, Tensor};
use zip::ZipArchive;

/// An array as it lies in the file.
pub struct Array {
    name: String,
    /// NumPy's word for the type: `<f4`, `<U12`, …
    descr: String,
    by_columns: bool,
    shape: Vec<i64>,
    data: Vec<u8>,
}

/// Takes the array called `name` out of an archive.
///
/// # Errors
/// When the archive is broken, or has no such array.
pub fn read(archive: &[u8], name: &str) -> Result<Array> {
    let broken = |e: &dyn std::fmt::Display| {
        Error::data("the embeddings", format!("cannot read {name}.npy in the archive: {e}"))
    };
    let mut archive = ZipArchive::new(Cursor::new(archive)).map_err(|e| broken(&e))?;
    let mut entry = archive.by_name(&format!("{name}.npy")).map_err(|e| broken(&e))?;
    let mut file = Vec::new();
    entry.read_to_end(&mut file).map_err(|e| broken(&e))?;
    parse(name, &file).ok_or_else(|| broken(&"its header is not one that NumPy writes"))
}

fn parse(name: &str, file: &[u8]) -> Option<Array> {
    let rest = file.strip_prefix(b"\x93NUMPY")?;
    let (length, rest) = match rest.split_first_chunk::<2>()? {
        ([1, _], rest) => {
            let (length, rest) = rest.split_first_chunk()?;
            (u16::from_le_bytes(*length).into(), rest)
        }
        ([2 | 3, _], rest) => {
            let (length, rest) = rest.split_first_chunk()?;
            (u32::from_le_bytes(*length) as usize, rest)
        }
        _ => return None,
    };
    let (header, data) = rest.split_at_checked(length)?;
    let header = std::str::from_utf8(header).ok()?;
    let shape = after(header, "'shape':")?.strip_prefix('(')?.split_once(')')?.0;
    let sizes = shape.split(',').map(str::trim).filter(|size| !size.is_empty());
    Some(Array {
        name: name.to_string(),
        descr: after(header, "'descr':")?.strip_prefix('\'')?.split_once('\'')?.0.to_string(),
        by_columns: after(header, "'fortran_order':")?.starts_with("True"),
        shape: sizes.map(|size| size.parse().ok()).collect::<Option<_>>()?,
        data: data.to_vec(),
    })
}

fn after<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    Some(header.split_once(key)?.1.trim_start())
}

impl Array {
    /// Its numbers as float32.
    ///
    /// # Errors
    /// When it holds none, or less than its shape says.
    pub fn floats(&self) -> Result<Tensor> {
        let (kind, width) = match self.descr.as_str() {
            "<f4" => (Kind::Float, 4),
            "<f8" => (Kind::Double, 8),
            _ => return Err(self.refused("float32 or float64")),
        };
        let data = self.whole(width)?;
        let mut shape = self.shape.clone();
        if self.by_columns {
            shape.reverse();
        }
        let tensor = Tensor::f_from_data_size(data, &shape, kind)?.to_kind(Kind::Float);
        Ok(if self.by_columns { tensor.numpy_t().contiguous() } else { tensor })
    }

    /// Its words.
    ///
    /// # Errors
    /// When it holds none, or less than its shape says.
    pub fn strings(&self) -> Result<Vec<String>> {
        let (decode, unit, length) = match self.descr.split_at_checked(2) {
            Some(("<U", length)) => (utf32 as Decode, 4, length),
            Some(("|S", length)) => (utf8 as Decode, 1, length),
            _ => return Err(self.refused("strings, as str or bytes")),
        };
        let width = length.parse().unwrap_or(0_usize).saturating_mul(unit);
        let words = self.whole(width)?.chunks_exact(width.max(1)).map(decode);
        let words = words.collect::<Option<Vec<_>>>();
        words.ok_or_else(|| self.refused("strings of Unicode"))
    }

    /// The data, if there are as many as the shape says.
    fn whole(&self, width: usize) -> Result<&[u8]> {
        let count = self.shape.iter().try_fold(width, |all, n| all.checked_mul(*n as usize));
        if count == Some(self.data.len()) { Ok(&self.data) } else { Err(self.refused("whole")) }
    }

    fn refused(&self, needed: &str) -> Error {
        let Array { name, descr, shape, .. } = self;
        let bytes = self.data.len();
        Error::data(
            "the embeddings",
            format!("{name} is {shape:?} of {descr}, {bytes} bytes; it must be {needed}"),
        )
    }
}

/// Reads a string that is padded with zeros.
type Decode = fn(&[u8]) -> Option<String>;

fn utf8(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.trim_end_matches('\0').to_string())
}

fn utf32(bytes: &[u8]) -> Option<String> {
    let (points, _) = bytes.as_chunks::<4>();
    let text: Option<String> =
        points.iter().map(|p| char::from_u32(u32::from_le_bytes(*p))).collect();
    Some(text?.trim_end_matches('\0').to_string())
}
