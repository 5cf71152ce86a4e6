//! Losses, and the optimiser's path.

use std::collections::BTreeMap;
use std::path::Path;

use bench::methods::myna;
use bench::model::contrast;
use bench::tensors::Named;
use bench::train::{Adam, Recipe};
use bench::{Result, settings};
use tch::{Kind, Tensor, no_grad};

use super::book::Book;
use super::supcon;
use super::tensor_file::TensorFile;

const FLOAT32: f64 = 1e-4;
const TRAJECTORY: f64 = 1e-6;

/// Methods that are not among this crate's: the first words of their losses' names, and their
/// inputs.
const OTHERS: &[&str] = &["barlow", "pemr", "byol", "moco"];
const THEIR_INPUTS: &[&str] = &["p", "q", "queue", "z_anchor", "z_negative", "z_positive"];

/// A loss of two views' projections at a temperature.
type PairLoss = fn(&Tensor, &Tensor, f64) -> Result<Tensor>;

/// Expected losses by name.
pub type Losses = BTreeMap<String, f64>;

/// The losses of contrastive methods on the same projections.
pub fn losses(path: &Path, book: &mut Book) -> Result<()> {
    let mut file = TensorFile::open(path)?;
    let mut expected: Losses = serde_json::from_str(&file.word("expect")?)
        .map_err(|e| file.wrong(format!("expect: {e}")))?;
    let z = projections(&mut file)?;
    two_views(&z, &mut expected, book)?;
    supcon::compare(&z, &mut file, &mut expected, book)?;
    expected.keys().for_each(|name| others(name, book));
    file.under("expect.").keys().for_each(|name| others(name, book));
    THEIR_INPUTS.iter().for_each(|name| drop(file.take(&format!("input.{name}"))));
    file.finish(book);
    Ok(())
}

/// NT-Xent and InfoNCE of two views at every temperature there is.
fn two_views(z: &Tensor, expected: &mut Losses, book: &mut Book) -> Result<()> {
    let z = z.reshape([-1, 2, z.size()[1]]);
    let (first, second) = (z.select(1, 0), z.select(1, 1));
    let kinds: [(&str, PairLoss); 2] =
        [("nt_xent_tau", contrast::nt_xent), ("info_nce_symmetric_tau", myna::infonce)];
    for (kind, loss) in kinds {
        for (name, temperature, expected) in take(expected, [kind, ""], book) {
            let found = loss(&first, &second, temperature)?;
            book.figure(&name, Some(found.double_value(&[])), Some(expected), FLOAT32);
        }
    }
    Ok(())
}

/// Takes the losses of a kind at every temperature there is: name, temperature and value; the
/// temperature stands between two parts of the name.
pub fn take(expected: &mut Losses, kind: [&str; 2], book: &mut Book) -> Vec<(String, f64, f64)> {
    let temperature =
        |name: &str| name.strip_prefix(kind[0])?.strip_suffix(kind[1])?.parse::<f64>().ok();
    let taken: Vec<(String, f64, f64)> = expected
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), temperature(name)?, *value)))
        .collect();
    expected.retain(|name, _| temperature(name).is_none());
    if taken.is_empty() {
        book.problem(&kind.concat(), "no such loss is expected at any temperature");
    }
    taken
}

fn others(name: &str, book: &mut Book) {
    match name.split('_').next() {
        Some(method) if OTHERS.contains(&method) => {
            book.not_covered(&format!("losses.safetensors {name}"))
        }
        _ => book.problem(name, "is not known, and was not compared"),
    }
}

/// Two views of every item, `[items · 2, dim]`.
fn projections(file: &mut TensorFile) -> Result<Tensor> {
    let (z, layout) = (file.take("input.z")?, file.word("layout")?);
    let words: Vec<&str> = layout.split([' ', ',']).collect();
    let two = words.windows(2).any(|pair| pair == ["2", "views"]);
    if z.dim() != 2 || !two || !layout.ends_with("view index fastest") {
        return Err(file.wrong(format!(
            "two views of each item, the view index fastest, are needed: {layout}"
        )));
    }
    Ok(z)
}

/// The weights after each step on the loss that the metadata name.
pub fn adam(path: &Path, book: &mut Book) -> Result<()> {
    let mut file = TensorFile::open(path)?;
    let recipe = recipe(&mut file)?;
    let loss = file.word("loss")?;
    if loss != "mean((w a)^2) + sum(sin w)" {
        return Err(file.wrong(format!("the loss {loss:?} is not known")));
    }
    let w = file.take("input.w")?.set_requires_grad(true);
    let (a, expected) = (file.take("input.a")?, file.take("expect.trajectory")?);
    let mut adam = Adam::new(&Named::from([("w".to_string(), w.shallow_clone())]));
    let mut path = Vec::new();
    for _ in 0..expected.size()[0] {
        adam.forget_gradients()?;
        (w.matmul(&a).square().mean(Kind::Float) + w.sin().sum(Kind::Float)).backward();
        adam.step(&recipe, recipe.lr)?;
        path.push(no_grad(|| w.copy()));
    }
    book.tensors("trajectory", &Tensor::stack(&path, 0), &expected, TRAJECTORY);
    file.finish(book);
    Ok(())
}

fn recipe(file: &mut TensorFile) -> Result<Recipe> {
    let decay = file.word("weight_decay")?;
    let coupled = decay.trim_end_matches(" (L2, added to the gradient)");
    let (lr, betas, eps) = (file.word("lr")?, file.word("betas")?, file.word("eps")?);
    let number = |text: &str| {
        text.parse::<f64>().map_err(|_| file.wrong(format!("{text:?} is not a number")))
    };
    let betas: Vec<f64> =
        betas.split(',').map(|beta| number(beta.trim())).collect::<Result<_>>()?;
    let value = serde_json::json!({
        "batch": 1, "lr": number(&lr)?, "betas": betas, "eps": number(&eps)?, "weight_decay": number(coupled)?,
    });
    settings::parse(&value.to_string(), "adam.safetensors")
}
