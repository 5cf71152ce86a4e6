//! What probes read: embeddings, one or several of each item.

use tch::{Device, Kind, Tensor};

use crate::eval::metric::Truth;

/// Embeddings with the items they are of.
pub struct Embedded {
    /// `[rows, dim]`, on the device the probe is fitted on.
    pub rows: Tensor,
    /// The item of each row, rising from 0 without a gap.
    pub owners: Vec<usize>,
}

/// Embeddings with the answers to them.
pub struct Examples {
    /// The embeddings.
    pub embedded: Embedded,
    /// The answers, item by item.
    pub truth: Truth,
}

impl Embedded {
    /// One row of each item.
    pub fn of_items(rows: Tensor) -> Embedded {
        let owners = (0..rows.size()[0] as usize).collect();
        Embedded { rows, owners }
    }

    /// The number of items.
    pub fn items(&self) -> usize {
        self.owners.last().map_or(0, |last| last + 1)
    }

    /// The number of rows of each item.
    pub fn counts(&self) -> Vec<usize> {
        self.owners.chunk_by(|a, b| a == b).map(<[usize]>::len).collect()
    }

    /// The rows of some items, in their order, on a device.
    pub fn pick(&self, items: &[usize], device: Device) -> Embedded {
        let counts = self.counts();
        let starts: Vec<usize> = starts(&counts);
        let mut owners = Vec::new();
        let mut rows = Vec::new();
        for (at, &item) in items.iter().enumerate() {
            owners.extend(std::iter::repeat_n(at, counts[item]));
            rows.extend((starts[item]..starts[item] + counts[item]).map(|row| row as i64));
        }
        let rows = Tensor::from_slice(&rows).to_device(self.rows.device());
        let rows = self.rows.index_select(0, &rows).to_device(device);
        Embedded { rows, owners }
    }

    /// The same on a device.
    pub fn on(&self, device: Device) -> Embedded {
        Embedded { rows: self.rows.to_device(device), owners: self.owners.clone() }
    }

    /// The same of some columns.
    pub fn columns(&self, columns: &std::ops::Range<i64>) -> Embedded {
        let rows = self.rows.narrow(1, columns.start, columns.end - columns.start);
        Embedded { rows, owners: self.owners.clone() }
    }

    /// At most so many rows of each item, the first ones.
    pub fn first(&self, most: Option<usize>) -> Embedded {
        let most = most.unwrap_or(usize::MAX);
        let place = self.counts().into_iter().flat_map(|count| 0..count);
        let kept: Vec<usize> =
            place.enumerate().filter(|(_, place)| *place < most).map(|(row, _)| row).collect();
        if kept.len() == self.owners.len() {
            return self.share();
        }
        let owners = kept.iter().map(|row| self.owners[*row]).collect();
        let rows: Vec<i64> = kept.iter().map(|row| *row as i64).collect();
        let rows = Tensor::from_slice(&rows).to_device(self.rows.device());
        Embedded { rows: self.rows.index_select(0, &rows), owners }
    }

    /// The mean of each item's rows, summed on the CPU: a GPU adds in no fixed order.
    pub fn means(&self) -> Embedded {
        let counts = self.counts();
        if counts.len() == self.owners.len() {
            return self.share();
        }
        let device = self.rows.device();
        let owners: Vec<i64> = self.owners.iter().map(|owner| *owner as i64).collect();
        let size = [counts.len() as i64, self.rows.size()[1]];
        let sums = Tensor::zeros(size, (Kind::Float, Device::Cpu));
        let rows = self.rows.to_device(Device::Cpu);
        let sums = sums.index_add(0, &Tensor::from_slice(&owners), &rows);
        let counts: Vec<f32> = counts.iter().map(|count| *count as f32).collect();
        Embedded::of_items((sums / Tensor::from_slice(&counts).unsqueeze(1)).to_device(device))
    }

    /// The same rows once more, without copying them.
    pub fn share(&self) -> Embedded {
        Embedded { rows: self.rows.shallow_clone(), owners: self.owners.clone() }
    }
}

impl Examples {
    /// One embedding of each item.
    ///
    /// # Shapes
    /// `embeddings`: `[items, dim]`
    pub fn of_items(embeddings: Tensor, truth: Truth) -> Examples {
        Examples { embedded: Embedded::of_items(embeddings), truth }
    }

    /// The answers row by row: each row has its item's.
    pub fn row_truth(&self, outputs: usize) -> Truth {
        self.truth.pick(&self.embedded.owners, outputs)
    }

    /// Those of some items, in their order.
    pub fn pick(&self, items: &[usize], outputs: usize) -> Examples {
        let truth = self.truth.pick(items, outputs);
        Examples { embedded: self.embedded.pick(items, self.embedded.rows.device()), truth }
    }

    /// The same of some columns.
    pub fn columns(&self, columns: &std::ops::Range<i64>) -> Examples {
        Examples { embedded: self.embedded.columns(columns), truth: self.truth.clone() }
    }

    /// The same once more, without copying the embeddings.
    pub fn share(&self) -> Examples {
        Examples { embedded: self.embedded.share(), truth: self.truth.clone() }
    }
}

/// Where each item's rows begin.
pub(super) fn starts(counts: &[usize]) -> Vec<usize> {
    let mut next = 0;
    let begin = |count: &usize| {
        next += count;
        next - count
    };
    counts.iter().map(begin).collect()
}
