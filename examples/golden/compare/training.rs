//! Losses, and the optimiser's path.

use std::collections::BTreeMap;
use std::path::Path;

use bench::methods::{byol, moco, myna};
use bench::model::contrast;
use bench::model::similarity::normalise;
use bench::tensors::Named;
use bench::train::{Recipe, Updates};
use bench::{Result, settings};
use tch::{Kind, Tensor, no_grad};

use super::book::Book;
use super::tensor_file::TensorFile;

const FLOAT32: f64 = 1e-4;
const TRAJECTORY: f64 = 1e-6;
/// What the epsilon of batch normalisation, which the reference leaves out, may change.
const STANDARDISED: f64 = 2e-4;

/// Methods that are not among this crate's: the first words of their losses' names, and their
/// inputs.
const OTHERS: &[&str] = &["semisupcon", "supcon"];
const THEIR_INPUTS: &[&str] = &["class", "labels"];

/// NT-Xent and InfoNCE of two views at every temperature there is, what momentum encoders teach, and
/// what cross-correlations lose.
pub fn losses(path: &Path, book: &mut Book) -> Result<()> {
    let mut file = TensorFile::open(path)?;
    let mut expected: BTreeMap<String, f64> = serde_json::from_str(&file.word("expect")?)
        .map_err(|e| file.wrong(format!("expect: {e}")))?;
    momentum(&mut file, &mut expected, book)?;
    correlations(&mut file, &mut expected, book)?;
    let [first, second] = views(&mut file)?;
    let mut missing = vec!["nt_xent", "info_nce_symmetric"];
    for (name, expected) in expected {
        let (kind, temperature) = name.split_once("_tau").unwrap_or((&name, ""));
        let loss: fn(&Tensor, &Tensor, f64) -> Result<Tensor> = match (kind, temperature.parse()) {
            ("nt_xent", Ok::<f64, _>(_)) => contrast::nt_xent,
            ("info_nce_symmetric", Ok(_)) => myna::infonce,
            _ => {
                others(&name, book);
                continue;
            }
        };
        let found = loss(&first, &second, temperature.parse().unwrap_or_default())?;
        book.figure(&name, Some(found.double_value(&[])), Some(expected), FLOAT32);
        missing.retain(|missing| *missing != kind);
    }
    for kind in missing {
        book.problem(kind, "no such loss is expected at any temperature");
    }
    file.under("expect.").keys().for_each(|name| others(name, book));
    THEIR_INPUTS.iter().for_each(|name| drop(file.take(&format!("input.{name}"))));
    file.finish(book);
    Ok(())
}

/// Queries with their keys and a queue, and predictions with their targets.
fn momentum(
    file: &mut TensorFile,
    expected: &mut BTreeMap<String, f64>,
    book: &mut Book,
) -> Result<()> {
    let (p, q, queue) = (file.take("input.p")?, file.take("input.q")?, file.take("input.queue")?);
    let losses = [
        ("moco_tau0.07", moco::momentum_contrast(&normalise(&p), &normalise(&q), &queue, 0.07)?),
        ("byol_regression_mean", byol::regression(&p, &q)),
    ];
    for (name, loss) in losses {
        book.figure(name, Some(loss.double_value(&[])), expected.remove(name), FLOAT32);
    }
    Ok(())
}

/// The terms of an anchor with its positive, and with its negative.
fn correlations(
    file: &mut TensorFile,
    expected: &mut BTreeMap<String, f64>,
    book: &mut Book,
) -> Result<()> {
    let (anchor, positive) = (file.take("input.z_anchor")?, file.take("input.z_positive")?);
    let negative = file.take("input.z_negative")?;
    let terms = [
        ("barlow_on_diagonal", contrast::barlow_on_diagonal(&anchor, &positive)),
        ("barlow_off_diagonal", contrast::barlow_off_diagonal(&anchor, &positive)?),
        ("pemr_negative_diagonal", contrast::negative_diagonal(&anchor, &negative)),
    ];
    for (name, found) in terms {
        book.figure(name, Some(found.double_value(&[])), expected.remove(name), STANDARDISED);
    }
    Ok(())
}

fn others(name: &str, book: &mut Book) {
    match name.split('_').next() {
        Some(method) if OTHERS.contains(&method) => {
            book.not_covered(&format!("losses.safetensors {name}"))
        }
        _ => book.problem(name, "is not known, and was not compared"),
    }
}

/// Both views of every item, `[items, dim]`.
fn views(file: &mut TensorFile) -> Result<[Tensor; 2]> {
    let (z, layout) = (file.take("input.z")?, file.word("layout")?);
    let words: Vec<&str> = layout.split([' ', ',']).collect();
    let two = words.windows(2).any(|pair| pair == ["2", "views"]);
    if z.dim() != 2 || !two || !layout.ends_with("view index fastest") {
        return Err(file.wrong(format!(
            "two views of each item, the view index fastest, are needed: {layout}"
        )));
    }
    let z = z.reshape([-1, 2, z.size()[1]]);
    Ok([z.select(1, 0), z.select(1, 1)])
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
    let mut updates = Updates::new(&Named::from([("w".to_string(), w.shallow_clone())]), &recipe);
    let mut path = Vec::new();
    for _ in 0..expected.size()[0] {
        updates.forget_gradients()?;
        (w.matmul(&a).square().mean(Kind::Float) + w.sin().sum(Kind::Float)).backward();
        updates.step(recipe.lr)?;
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
