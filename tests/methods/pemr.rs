//! PEMR against closed forms, published sizes and finite differences.

use bench::audio::MelSpec;
use bench::methods::pemr::{Config, Masker, Pemr, PredictConfig, kept, predicting};
use bench::model::{Transformer, TransformerConfig, contrast};
use bench::seed::TorchGenerator;
use bench::tensors::{self, Named};
use bench::{
    Batch, Classes, Context, Encoder, Loss, Method, Plugin, Progress, Registry, Seed, settings,
};
use serde_yaml::Value;
use tch::nn::{Path, VarStore};
use tch::{Device, Kind, Tensor, no_grad};

const FLOAT: (Kind, Device) = (Kind::Float, Device::Cpu);

/// The published settings, with changes.
fn published(changes: &str) -> Value {
    let registry = Registry::builtin();
    let text = registry.find("pemr").unwrap().config("paper").unwrap();
    let mut value: Value = settings::parse(text, "pemr").unwrap();
    settings::merge(&mut value["method"], settings::parse(changes, "changes").unwrap());
    value["method"].clone()
}

fn config(changes: &str) -> Config {
    settings::from_value(published(changes), "method").unwrap()
}

fn build(vars: &VarStore, changes: &str) -> bench::Result<Pemr> {
    let state = VarStore::new(Device::Cpu);
    let (classes, seed) = (Classes::default(), Seed::new(0));
    let (vars, state) = (vars.root(), state.root());
    Pemr::new(config(changes), &Context { vars, state, items: 4, classes, file: None, seed })
}

/// Trainable values under a prefix.
fn parameters(vars: &VarStore, prefix: &str) -> usize {
    let trained = tensors::under(&tensors::of(vars), prefix).into_values();
    trained.filter(Tensor::requires_grad).map(|tensor| tensor.numel()).sum()
}

#[test]
fn the_published_networks_have_their_published_sizes() {
    let _generator = Seed::new(1).torch();
    let vars = VarStore::new(Device::Cpu);
    build(&vars, "{}").unwrap();
    let sizes = ["encoder.", "projector.", "masker.", "masker.transformer."];
    let sizes = sizes.map(|prefix| parameters(&vars, prefix));
    assert_eq!(sizes, [370_562, 393_216, 2_306_816, 2_174_592]);
    assert_eq!(parameters(&vars, ""), sizes[..3].iter().sum::<usize>());
}

#[test]
fn what_is_not_masked_needs_no_transformer_and_zeros_no_token() {
    let _generator = Seed::new(1).torch();
    for (changes, size) in
        [("{mask: {views: unmasked}}", 0), ("{mask: {value: zeros}}", 2_306_816 - 128)]
    {
        let vars = VarStore::new(Device::Cpu);
        build(&vars, changes).unwrap();
        assert_eq!(parameters(&vars, "masker."), size, "{changes}");
    }
}

#[test]
fn fourteen_published_filters_are_zero_and_a_clip_has_462_frames() {
    let spec: MelSpec = settings::from_value(published("{}")["mel"].clone(), "mel").unwrap();
    assert_eq!(spec.frames(59_049), 462);
    let filters = spec.filterbank();
    let rows = filters.chunks(spec.bins()).enumerate();
    let zero: Vec<usize> =
        rows.filter(|(_, row)| row.iter().all(|w| *w == 0.0)).map(|(i, _)| i).collect();
    assert_eq!(zero, [0, 1, 2, 5, 6, 9, 10, 13, 16, 19, 22, 25, 28, 33]);
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let _generator = Seed::new(1).torch();
    for (changes, message) in [
        ("{mask: {ratio: 0}}", "mask.ratio: 0 hides 0 of 462 frames"),
        ("{mask: {ratio: 1}}", "mask.ratio: 1 hides 462 of 462 frames"),
        ("{samples: 128}", "mel spectrogram: 128 samples; at least 129 are needed"),
        (
            "{projector: []}",
            "method: projector must have at least one layer, and layers at least one value",
        ),
        ("{transformer: {depth: 0}}", "transformer: depth 0; 1 to 256 are allowed"),
        ("{transformer: {dropout: 1}}", "transformer: dropout must lie in [0, 1)"),
        ("{predict: {p: 0}}", "predict: p must lie above 0 and not above 1"),
        ("{predict: {delta: 0}}", "predict: delta must be a positive number"),
        ("{weights: {negative: -1}}", "weights: weights must be numbers from 0 on"),
    ] {
        let error = build(&VarStore::new(Device::Cpu), changes).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

/// The masks for spectrograms of `[mels, frames]`.
fn masker(path: &Path<'_>, changes: &str, image: [i64; 2]) -> Masker {
    Masker::new(path, &config(changes), image).unwrap().unwrap()
}

#[test]
fn a_tenth_of_462_frames_is_hidden() {
    let _generator = Seed::new(1).torch();
    let vars = VarStore::new(Device::Cpu);
    let masker = masker(&vars.root(), "{transformer: {ffn: 16}}", [128, 462]);
    let keep = masker.keep(&masker.sequences(&(Tensor::randn([4, 462, 128], FLOAT) * 20.0)));
    let hidden = keep.logical_not().sum_dim_intlist(1, false, Kind::Int64);
    assert_eq!(Vec::<i64>::try_from(hidden).unwrap(), [46, 46]);
}

#[test]
fn lowest_scores_are_not_kept() {
    let scores = Tensor::from_slice2(&[[0.3_f32, 0.1, 0.4, 0.2], [0.0, 0.5, 0.2, 0.3]]);
    let expected = [[true, false, true, false], [false, true, false, true]];
    assert!(kept(&scores, 2).equal(&Tensor::from_slice2(&expected)));
}

#[test]
fn hidden_are_the_frames_of_the_second_crop_that_the_class_token_attends_to_least() {
    let _generator = Seed::new(1).torch();
    let vars = VarStore::new(Device::Cpu);
    let small = "{mask: {ratio: 0.4}, transformer: {depth: 1, heads: 1, dim_head: 4, dropout: 0}}";
    let masker = masker(&vars.root(), small, [4, 5]);
    let named = tensors::of(&vars);
    no_grad(|| {
        // The query is the first unit vector and a key the frame itself.
        let set = |name: &str, value: &Tensor| {
            named[&format!("transformer.0.attention.{name}")].shallow_clone().copy_(value)
        };
        set("query.weight", &Tensor::zeros([4, 4], FLOAT));
        set("query.bias", &Tensor::from_slice(&[1.0_f32, 0.0, 0.0, 0.0]));
        set("key.weight", &Tensor::eye(4, FLOAT));
    });
    let level =
        Tensor::from_slice2(&[[1.0_f32, 2.0, 3.0, 4.0, 5.0], [30.0, 10.0, 50.0, 20.0, 40.0]]);
    let frames = Tensor::zeros([2, 5, 4], FLOAT);
    frames.select(2, 0).copy_(&level);
    let keep = masker.keep(&masker.sequences(&frames));
    assert!(keep.equal(&Tensor::from_slice2(&[[true, false, true, false, true]])), "{keep:?}");
    let [crucial, others] = masker.split(&frames.narrow(0, 1, 1), &keep);
    let token = named["mask_token"].detach();
    for (frame, kept) in [(0, true), (1, false)] {
        let original = frames.select(0, 1).select(0, frame);
        let expected = if kept { [&original, &token] } else { [&token, &original] };
        let found = [&crucial, &others].map(|view| view.select(0, 0).select(0, frame));
        assert!(found[0].equal(expected[0]) && found[1].equal(expected[1]), "frame {frame}");
    }
}

#[test]
fn a_transformer_without_weights_normalises_by_the_unbiased_deviation() {
    let _generator = Seed::new(1).torch();
    let vars = VarStore::new(Device::Cpu);
    let config = TransformerConfig { depth: 2, heads: 2, dim_head: 3, ffn: 5, dropout: 0.1 };
    let transformer = Transformer::new(&vars.root(), 4, &config).unwrap();
    no_grad(|| {
        for (name, mut tensor) in tensors::of(&vars) {
            if !name.contains("norm") {
                let _ = tensor.zero_();
            }
        }
    });
    // Mean 2.5, unbiased variance 5/3; normalised values stay as they are.
    let expected = [-1.5, -0.5, 0.5, 1.5].map(|x: f64| (x / (5.0_f64 / 3.0).sqrt()) as f32);
    let found =
        transformer.forward(&Tensor::from_slice(&[1.0_f32, 2.0, 3.0, 4.0]).view([1, 1, 4]), false);
    assert!((found - Tensor::from_slice(&expected)).abs().max().double_value(&[]) < 1e-6);
}

#[test]
fn cross_correlations_of_white_features_have_their_closed_forms() {
    // Columns of a Hadamard matrix but the first: mean 0, variance 1, uncorrelated.
    let sign = |row: u32, column: u32| {
        if (row & column).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 }
    };
    let values: Vec<f32> =
        (0..8).flat_map(|row| (1..8).map(move |column| sign(row, column))).collect();
    let white = Tensor::from_slice(&values).view([8, 7]);
    let rolled = white.roll([1], [1]);
    let off = |second| contrast::barlow_off_diagonal(&white, second).unwrap();
    for (what, found, expected) in [
        (
            "on the diagonal, equal",
            contrast::barlow_on_diagonal(&white, &(&white * 3.0 + 1.0)),
            0.0,
        ),
        ("on the diagonal, opposite", contrast::barlow_on_diagonal(&white, &white.neg()), 28.0),
        ("on the diagonal, unrelated", contrast::barlow_on_diagonal(&white, &rolled), 7.0),
        ("off the diagonal, equal", off(&white), 0.0),
        ("off the diagonal, exchanged", off(&rolled), 7.0),
        ("negatives, equal", contrast::negative_diagonal(&white, &white), 7.0),
        ("negatives, unrelated", contrast::negative_diagonal(&white, &rolled), 0.0),
    ] {
        let found = found.double_value(&[]);
        assert!((found - expected).abs() < 1e-3, "{what}: {found}");
    }
}

#[test]
fn the_predicting_loss_is_hubers_where_tokens_were_masked() {
    let target = Tensor::from_slice(&[1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]).view([2, 2, 2]);
    let errors =
        Tensor::from_slice(&[0.05_f32, -0.3, 9.0, 9.0, 9.0, 9.0, 2.0, -0.5]).view([2, 2, 2]);
    let masked = Tensor::from_slice(&[true, false, false, true]).view([2, 2, 1]);
    let loss = |settings: &str| {
        let config: PredictConfig = settings::parse(settings, "predict").unwrap();
        predicting(&target, &(&target + &errors), &masked, &config).double_value(&[])
    };
    // 0.05²/2, 0.1 (0.3 − 0.05), 0.1 (2 − 0.05) and 0.1 (0.5 − 0.05), over one item of four values.
    let mean = (0.00125 + 0.025 + 0.195 + 0.045) / 4.0;
    assert!((loss("{p: 0.15, ffn: 1, delta: 0.1, reduction: mean}") - mean).abs() < 1e-6);
    let sum = 0.00125 + 0.045 + 1.5 + 0.125;
    assert!((loss("{p: 0.15, ffn: 1, delta: 1, reduction: sum}") - sum).abs() < 1e-6);
}

/// A small PEMR with its two views, whose loss is the same every time.
struct Fixed {
    _generator: TorchGenerator,
    vars: VarStore,
    pemr: Pemr,
    batch: Batch,
    views: Vec<Tensor>,
}

impl Fixed {
    fn new(changes: &str) -> Fixed {
        let generator = Seed::new(11).torch();
        let vars = VarStore::new(Device::Cpu);
        let pemr = build(&vars, changes).unwrap();
        let clips = Tensor::randn([48, 2, 1024], FLOAT) * 0.1;
        let batch =
            Batch { clips, items: Tensor::arange(48, (Kind::Int64, Device::Cpu)), labels: None };
        let views = pemr.views(&batch, &mut Seed::new(3).stream("views", &[])).unwrap();
        Fixed { _generator: generator, vars, pemr, batch, views }
    }

    fn loss(&mut self) -> Loss {
        tch::manual_seed(5);
        let progress = Progress { step: 0, steps: 1, epoch: 0, epochs: 1 };
        self.pemr.loss(&self.views, &self.batch, progress).unwrap()
    }

    /// The slope of `of` along a random direction in the parameters that `moved` names, by its
    /// gradient and by a difference.
    fn slopes(&mut self, moved: fn(&str) -> bool, of: fn(&Loss) -> Tensor, step: f64) -> [f64; 2] {
        let mut moved: Named = tensors::of(&self.vars)
            .into_iter()
            .filter(|(name, tensor)| tensor.requires_grad() && moved(name))
            .collect();
        of(&self.loss()).backward();
        tch::manual_seed(7);
        let directions: Vec<Tensor> = moved.values().map(Tensor::randn_like).collect();
        let product = |(tensor, along): (&Tensor, &Tensor)| {
            (tensor.grad() * along).sum(Kind::Double).double_value(&[])
        };
        let slope = moved.values().zip(&directions).map(product).sum();
        let mut value = |by: f64| {
            no_grad(|| {
                for (tensor, along) in moved.values_mut().zip(&directions) {
                    let _ = tensor.g_add_(&(along * by));
                }
                of(&self.loss()).double_value(&[])
            })
        };
        let (above, below) = (value(step), value(-2.0 * step));
        [slope, (above - below) / (2.0 * step)]
    }
}

const TINY: &str = "
rate: 16000
samples: 1024
mel: {n_mels: 8}
encoder: {channels: [4, 6], pools: [[2, 2], [2, 2]]}
projector: [8, 6]
mask: {ratio: 0.4}
transformer: {depth: 2, heads: 2, dim_head: 4, ffn: 6}
predict: {ffn: 5, delta: 1}
";

#[test]
fn the_loss_adds_up_its_terms_by_their_weights() {
    let weights = "weights: {off_diagonal: 0.3, negative: 7, predicting: 2}\n";
    let loss = Fixed::new(&format!("{TINY}{weights}")).loss();
    let weighted = |name: &str, weight: f64| {
        let (_, term) = loss.terms.iter().find(|(found, _)| *found == name).unwrap();
        weight * term.double_value(&[])
    };
    let expected = weighted("on_diagonal", 1.0)
        + weighted("off_diagonal", 0.3)
        + weighted("negative", 7.0)
        + weighted("predicting", 2.0);
    let total = loss.total.double_value(&[]);
    assert!((total / expected - 1.0).abs() < 1e-5, "{total}, expected {expected}");
}

#[test]
fn what_is_not_learned_from_is_no_term_of_the_loss() {
    for (views, expected) in [
        ("unmasked", "on_diagonal off_diagonal"),
        ("positive", "on_diagonal off_diagonal predicting"),
        ("positive_and_negative", "on_diagonal off_diagonal negative predicting"),
    ] {
        let mask = format!("{{ratio: 0.4, views: {views}}}");
        let loss = Fixed::new(&TINY.replace("{ratio: 0.4}", &mask)).loss();
        let terms: Vec<&str> = loss.terms.iter().map(|(name, _)| *name).collect();
        assert_eq!(terms.join(" "), expected);
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let seen = |name: &str| !name.starts_with("masker.") || name == "masker.mask_token";
    let [slope, difference] =
        Fixed::new(TINY).slopes(seen, |loss| loss.total.shallow_clone(), 1e-4);
    assert!((slope - difference).abs() < 0.02 * slope.abs(), "loss: {slope}, {difference}");
    let unseen = |name: &str| name.starts_with("masker.") && name != "masker.mask_token";
    let predicting = |loss: &Loss| loss.terms[3].1.shallow_clone();
    let [slope, difference] = Fixed::new(TINY).slopes(unseen, predicting, 1e-4);
    assert!((slope - difference).abs() < 0.02 * slope.abs(), "predicting: {slope}, {difference}");
}

#[test]
fn an_embedding_is_the_encoders_whatever_is_masked() {
    let _generator = Seed::new(1).torch();
    let (vars, unmasked) = (VarStore::new(Device::Cpu), VarStore::new(Device::Cpu));
    let changes = TINY.replace("{ratio: 0.4}", "{ratio: 0.4, views: unmasked}");
    let (pemr, plain) = (build(&vars, TINY).unwrap(), build(&unmasked, &changes).unwrap());
    let shared = tensors::of(&unmasked);
    let given = tensors::of(&vars).into_iter().filter(|(name, _)| shared.contains_key(name));
    tensors::restore(&shared, &given.collect(), "pemr").unwrap();
    let clips = Tensor::randn([3, 1024], FLOAT);
    let [masked, unmasked] =
        [&pemr, &plain].map(|encoder| no_grad(|| encoder.forward(&clips, false)).unwrap());
    assert!(masked.equal(&unmasked));
}
