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
use super::supcon;
use super::tensor_file::TensorFile;

const FLOAT32: f64 = 1e-4;
const TRAJECTORY: f64 = 1e-6;
/// What the epsilon of batch normalisation, which the reference leaves out, may change.
const STANDARDISED: f64 = 2e-4;

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
    momentum(&mut file, &mut expected, book)?;
    correlations(&mut file, &mut expected, book)?;
    two_views(&z, &mut expected, book)?;
    supcon::compare(&z, &mut file, &mut expected, book)?;
    let unknown = |name: &String| book.problem(name, "is not known, and was not compared");
    expected.keys().for_each(unknown);
    file.finish(book);
    Ok(())
}

/// Queries with their keys and a queue, and predictions with their targets.
fn momentum(file: &mut TensorFile, expected: &mut Losses, book: &mut Book) -> Result<()> {
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

/// The terms of an anchor with its positive, and with its negative.
fn correlations(file: &mut TensorFile, expected: &mut Losses, book: &mut Book) -> Result<()> {
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
