//! Encoders with the weights of public checkpoints' kind, in evaluation mode.

use std::path::Path;

use bench::Result;
use bench::model::{SampleCnn, SampleCnnConfig, Tune, TuneConfig, Vit, VitConfig};
use bench::tensors::{self, Named};
use serde::Deserialize;
use tch::nn::VarStore;
use tch::{Device, Tensor, no_grad};

use super::book::Book;
use super::tensor_file::TensorFile;

const FLOAT32: f64 = 1e-4;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VitFile {
    image: [i64; 2],
    patch: [i64; 2],
    additional_patch: Option<[i64; 2]>,
    dim: i64,
    depth: i64,
    heads: i64,
    dim_head: i64,
    mlp_dim: i64,
}

/// A transformer over one or two kinds of patches; with one, also over the patches that are kept.
pub fn vit(path: &Path, book: &mut Book) -> Result<()> {
    let mut file = TensorFile::open(path)?;
    let config: VitFile = serde_json::from_str(&file.word("config")?)
        .map_err(|e| file.wrong(format!("config: {e}")))?;
    let VitFile { image, patch, additional_patch, dim, depth, heads, dim_head, mlp_dim } = config;
    let sizes = VitConfig { dim, depth, heads, dim_head, mlp_dim };
    let patches: Vec<[i64; 2]> = std::iter::once(patch).chain(additional_patch).collect();
    let vars = VarStore::new(Device::Cpu);
    let vit = Vit::new(&vars.root(), &sizes, image, &patches)?;
    tensors::restore(&tensors::of(&vars), &file.under("state."), "the encoder")?;
    let mel = file.take("input.mel")?;
    if mel.size()[1..] != [1, image[0], image[1]] {
        return Err(file
            .wrong(format!("input.mel has shape {:?}, not [batch, 1, mels, frames]", mel.size())));
    }
    let mel = mel.squeeze_dim(1).transpose(1, 2).contiguous();
    no_grad(|| compare_vit(&vit, &mel, &mut file, book))?;
    file.finish(book);
    Ok(())
}

fn compare_vit(vit: &Vit, mel: &Tensor, file: &mut TensorFile, book: &mut Book) -> Result<()> {
    let paths = 0..vit.tokenisers().len();
    let embeddings: Vec<Tensor> = paths.map(|path| embed(vit, path, mel, None)).collect();
    let position = |path: usize| vit.tokenisers()[path].position();
    let mut found = vec![("position", position(0)), ("embedding", Tensor::cat(&embeddings, 1))];
    if let [square, vertical] = embeddings.as_slice() {
        found.push(("position_vertical", position(1)));
        found.push(("embedding_square", square.shallow_clone()));
        found.push(("embedding_vertical", vertical.shallow_clone()));
    } else {
        found.push(("masked_embedding", embed(vit, 0, mel, Some(&file.take("input.keep")?))));
    }
    for (what, found) in found {
        book.tensors(what, &found, &file.take(&format!("expect.{what}"))?, FLOAT32);
    }
    Ok(())
}

fn embed(vit: &Vit, path: usize, mel: &Tensor, keep: Option<&Tensor>) -> Tensor {
    let tokeniser = &vit.tokenisers()[path];
    vit.forward(&tokeniser.embed(&tokeniser.patches(mel, keep), keep))
}

/// Convolutions over samples, as many and as wide as the weights say.
pub fn sample_cnn(path: &Path, book: &mut Book) -> Result<()> {
    let mut file = TensorFile::open(path)?;
    let weights = file.under("state.");
    let vars = VarStore::new(Device::Cpu);
    let network = SampleCnn::new(&vars.root(), &sizes(&weights))?;
    tensors::restore(&tensors::of(&vars), &weights, "the encoder")?;
    compare_waves(file, |waves| network.forward(waves, false), book)
}

/// A U-Net with a tail, as wide as the weights say.
pub fn tune(path: &Path, book: &mut Book) -> Result<()> {
    let mut file = TensorFile::open(path)?;
    let weights = file.under("state.");
    let outputs = |block: &str| {
        let weight = weights.get(&format!("{block}.layers.0.weight"));
        weight.map_or(0, |weight| weight.size()[0])
    };
    let (channels, dim) = (outputs("conv1"), outputs("convDown9"));
    let config = TuneConfig { channels, dim, ..TuneConfig::default() };
    let samples = file.shape("input.waveform")?.pop().unwrap_or(0);
    let vars = VarStore::new(Device::Cpu);
    let network = Tune::new(&vars.root(), &config, samples)?;
    tensors::restore(&tensors::of(&vars), &weights, "the encoder")?;
    compare_waves(file, |waves| network.forward(waves, false), book)
}

/// The embeddings of the file's waves, and that nothing is left in it.
fn compare_waves(
    mut file: TensorFile,
    embed: impl Fn(&Tensor) -> Tensor,
    book: &mut Book,
) -> Result<()> {
    let waves = file.take("input.waveform")?;
    if waves.dim() != 3 || waves.size()[1] != 1 {
        return Err(file.wrong(format!(
            "input.waveform has shape {:?}, not [batch, 1, samples]",
            waves.size()
        )));
    }
    let embedding = no_grad(|| embed(&waves.squeeze_dim(1)));
    book.tensors("embedding", &embedding, &file.take("expect.embedding")?, FLOAT32);
    file.finish(book);
    Ok(())
}

/// Channels and strides from the shapes of the convolutions, `[channels, inputs, kernel]`.
fn sizes(weights: &Named) -> SampleCnnConfig {
    let shapes = (0..)
        .map_while(|layer| weights.get(&format!("sequential.{layer}.0.weight")).map(Tensor::size));
    let (channels, mut strides): (Vec<i64>, Vec<i64>) =
        shapes.map(|shape| (shape[0], shape[2])).unzip();
    strides.pop();
    SampleCnnConfig { channels, strides }
}
