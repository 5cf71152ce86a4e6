//! Fine-tuning: what it moves, what it leaves as it was, and on what it chooses.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bench::data::{Corpus, CorpusSpec, Kind as LabelKind, Maker, Store};
use bench::eval::answers::Answers;
use bench::eval::finetune::{Answered, Finetune, Site, Tuned, TuningQuestion, answer, can_learn};
use bench::eval::metric;
use bench::progress::{Meter, Show};
use bench::tensors::Named;
use bench::train::{Network, Seen};
use bench::{Registry, Seed, settings};
use serde_yaml::Value;
use tch::Device;

const MYNA: &str = "
patches: [[4, 4]]
frames: 16
encoder: {dim: 8, depth: 1, heads: 1, dim_head: 8, mlp_dim: 16}
projector: [8]
mask: 0.5
loss: {name: infonce, temperature: 0.1}
log: true
mel: {sample_rate: 8000, n_fft: 256, hop: 128, n_mels: 16, fmax: 4000}
";

/// A network with batch normalisation.
const CLMR: &str = "
rate: 8000
encoder: {channels: [4, 4, 8, 8], strides: [9, 3, 3]}
projector: [8]
temperature: 0.5
";

const SETTINGS: &str = "{preset: finetune, lr: [0.003], batch: 8, epochs: 6, patience: 9}";

/// A network on a few pieces, of which the first 12 are train, then 6 valid and 6 test.
struct Toy {
    network: Network,
    store: Arc<Store>,
    answers: Answers,
    _folder: tempfile::TempDir,
}

const TRAIN: [usize; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const VALID: [usize; 6] = [12, 13, 14, 15, 16, 17];
const TEST: [usize; 6] = [18, 19, 20, 21, 22, 23];

impl Toy {
    fn new(method: &str, config: &str) -> Toy {
        let folder = tempfile::tempdir().unwrap();
        let corpus = pieces();
        let registry = Registry::builtin();
        let entry = registry.find(method).unwrap();
        let config = entry.resolve(settings::parse(config, method).unwrap()).unwrap();
        let seen = Seen::default();
        let network = Network::new(entry, &config, seen, Seed::new(3), Device::Cpu).unwrap();
        let store = store(folder.path(), corpus.as_ref(), &network);
        let answers = Answers::new(&["arousal".into()], LabelKind::Number, corpus.items()).unwrap();
        Toy { network, store, answers, _folder: folder }
    }

    fn myna() -> Toy {
        Toy::new("myna_square", MYNA)
    }

    fn tuned(&self, settings: &str, threads: usize) -> Tuned {
        let settings: Finetune = settings::parse(settings, "finetune").unwrap();
        let metric = metric::by_name("r2").unwrap();
        settings.check(metric.labels()).unwrap();
        let (names, seed, device) = (&self.answers.names, Seed::new(5), Device::Cpu);
        let question = TuningQuestion { names, settings: &settings, metric, seed, device, threads };
        let of = |items| Answered { items, truth: self.answers.truth(items) };
        let site = Site { network: &self.network, store: &self.store };
        let mut meter = Meter::new(Show::Quiet, "", 0, "steps");
        answer(&question, site, (&of(&TRAIN), &of(&VALID)), &TEST, &mut meter).unwrap()
    }

    fn weights(&self) -> Named {
        self.network.tensors().into_iter().map(|(name, tensor)| (name, tensor.copy())).collect()
    }
}

fn pieces() -> Box<dyn Corpus> {
    let spec: CorpusSpec =
        settings::parse("{etudes: {pieces: 24, seconds: 2, seed: 1}}", "corpus").unwrap();
    let declared = BTreeMap::from([("arousal".to_string(), LabelKind::Number)]);
    spec.open("some", &declared, &|_| None).unwrap()
}

fn store(folder: &Path, corpus: &dyn Corpus, network: &Network) -> Arc<Store> {
    let mut maker = Maker { folder, threads: 2, progress: &mut |_, _| () };
    let front = network.encoder().input().front();
    Arc::new(maker.stores(corpus, &[front]).unwrap().remove(0))
}

/// Losses of the looks at valid.
fn losses(tuned: &Tuned) -> Vec<f64> {
    tuned.looks.iter().map(|look| look.loss.unwrap()).collect()
}

#[test]
fn training_lowers_the_loss_and_further_where_the_encoder_moves_too() {
    let toy = Toy::myna();
    let ends = |more: &str| {
        let settings = "preset: finetune, lr: [0.01], batch: 12, epochs: 120, patience: 999";
        let losses = losses(&toy.tuned(&format!("{{{settings}{more}}}"), 1));
        let mean = |some: &[f64]| some.iter().sum::<f64>() / some.len() as f64;
        (mean(&losses[..10]), mean(&losses[110..]))
    };
    let (moving, still) = (ends(""), ends(", encoder_lr: [1.0e-12]"));
    assert!(moving.1 < 0.9 * moving.0, "{moving:?}");
    assert!(moving.1 < still.1 - 0.02, "{moving:?} and {still:?}");
}

#[test]
fn the_network_that_was_fine_tuned_is_then_as_it_was() {
    for (method, config) in [("myna_square", MYNA), ("clmr", CLMR)] {
        let toy = Toy::new(method, config);
        let before = toy.weights();
        let first = toy.tuned(SETTINGS, 1);
        for (name, tensor) in toy.weights() {
            assert!(tensor.equal(&before[&name]), "{name}");
        }
        assert_eq!(first.scores, toy.tuned(SETTINGS, 1).scores);
    }
}

#[test]
fn the_number_of_loader_threads_changes_no_byte() {
    let toy = Toy::new("clmr", CLMR);
    let [one, four] = [1, 4].map(|threads| toy.tuned(SETTINGS, threads));
    assert_eq!((&one.choice, &one.scores), (&four.choice, &four.scores));
    assert_eq!(one.looks, four.looks);
    assert_eq!(one.scores.len(), TEST.len());
}

#[test]
fn the_best_learning_rate_and_step_on_valid_answer() {
    let toy = Toy::myna();
    let alone = [1e-12, 0.003, 0.1]
        .map(|lr| toy.tuned(&format!("{{preset: finetune, lr: [{lr}], batch: 8, epochs: 6}}"), 1));
    let among = toy.tuned("{preset: finetune, lr: [1.0e-12, 0.003, 0.1], batch: 8, epochs: 6}", 1);
    let values = alone.each_ref().map(|tuned| tuned.choice.value.unwrap());
    let best = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    assert_eq!((among.choice.value, among.choice.among), (Some(best), 3));
    let chosen = alone.iter().find(|tuned| tuned.choice.value == Some(best)).unwrap();
    assert_eq!(among.scores, chosen.scores);
    let looked = |tuned: &Tuned| {
        tuned.looks.iter().filter_map(|look| Some((look.value?, look.step))).collect::<Vec<_>>()
    };
    let first = looked(chosen).into_iter().find(|(value, _)| *value == best).unwrap();
    assert_eq!(among.choice.steps, first.1);
    assert!(looked(chosen).iter().all(|(value, _)| *value <= best));
}

#[test]
fn patience_is_the_number_of_looks_without_improvement_that_training_survives() {
    let toy = Toy::myna();
    let tuned =
        toy.tuned("{preset: finetune, lr: [1.0e-30], batch: 8, epochs: 50, patience: 3}", 1);
    // Nothing moves, so that the first look is the best and the fourth after it ends training.
    assert_eq!((tuned.looks.len(), tuned.choice.steps), (5, tuned.looks[0].step));
}

#[test]
fn a_part_of_the_labels_is_what_it_says_and_a_network_in_evaluation_mode_learns_otherwise() {
    let toy = Toy::new("clmr", CLMR);
    let some = toy.tuned("{preset: finetune, lr: [0.003], epochs: 3, fraction: 0.25}", 1);
    assert_eq!(some.choice.tuning.as_ref().unwrap().items, 3);
    assert_eq!(some.choice.protocol(), "finetune lr=[0.003] epochs=3 fraction=0.25");
    let still = "{preset: finetune, lr: [0.003], epochs: 3, fraction: 0.25, encoder_mode: eval}";
    assert_ne!(some.scores, toy.tuned(still, 1).scores);
}

#[test]
fn what_has_no_weights_cannot_learn() {
    let can = |method: &str| {
        let registry = Registry::builtin();
        let entry = registry.find(method).unwrap();
        let text = entry.config("small").unwrap_or(entry.configs[0].1);
        let config: Value = settings::parse(text, method).unwrap();
        let config = entry.resolve(config["method"].clone()).unwrap();
        let seen = Seen::default();
        let network = Network::new(entry, &config, seen, Seed::new(3), Device::Cpu).unwrap();
        can_learn(&network).unwrap()
    };
    assert!(can("myna_vertical") && can("simclr"));
    assert!(!can("log_mel") && !can("chroma"));
    // It answers with how often each class occurs, which nothing is trained for.
    assert!(can("majority"));
}

#[test]
fn settings_that_cannot_be_are_refused_with_what_is_allowed() {
    let said = |text: &str| {
        let read: bench::Result<Finetune> = settings::parse(text, "suite.yaml");
        read.and_then(|settings| settings.check(bench::eval::metric::Labels::Values))
            .unwrap_err()
            .to_string()
    };
    let misspelt = said("{preset: finetune, encoder_lrs: [0.1]}");
    assert!(misspelt.starts_with("suite.yaml:"), "{misspelt}");
    assert!(misspelt.contains("did you mean `encoder_lr`?"), "{misspelt}");
    assert!(said("finetun").contains("did you mean \"finetune\"?"));
    for (setting, words) in [
        ("lr: []", "lr needs positive numbers"),
        ("encoder_lr: [0]", "encoder_lr needs positive numbers"),
        ("batch: 0", "batch: 1 to 65536"),
        ("max_steps: 9", "either evaluate_every"),
        ("pool: [vote]", "vote is for classes"),
        ("fraction: 1.5", "up to 1"),
        ("draws: 2", "draws are of a fraction"),
        ("fraction: 0.5, sampler: clmr_v1", "numbers lack"),
    ] {
        let said = said(&format!("{{preset: finetune, {setting}}}"));
        assert!(said.contains(words), "{setting}: {said}");
    }
}
