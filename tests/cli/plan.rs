//! What `bench check` counts of a suite's runs.

use std::fs;
use std::path::Path;

use bench::tensors::{self, Named};
use tch::{Device, Kind, Tensor};

use crate::command::{self, SUITE, folder, suite_of};

/// The plan, each line's words one blank apart.
fn plan(folder: &Path) -> String {
    let line = ["check", "tiny.yaml", "--device", "cpu"];
    let output = command::bench(folder, &line).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let plan = String::from_utf8(output.stdout).unwrap();
    plan.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_is_made_of_a_trained_row_has_its_seeds_whatever_answers() {
    let (before, probe) = SUITE.split_once("    probe:").unwrap();
    let (_, rows) = probe.split_once('\n').unwrap();
    let network = "rate: 16000, layers: {channels: [16, 32, 32, 64, 64, 64, 128, 128, 128], \
                   strides: [9, 3, 3, 3, 3, 3, 3, 3]}";
    let again = format!(
        "  - {{name: again, method: checkpoint, config: clmr, from: clmr, \
         set: {{method: {{network: {{{network}}}}}}}}}\n"
    );
    let suite = format!("{before}    knn: {{k: [1], standardise: [true]}}\n{rows}{again}");
    let folder = folder(&[("tiny.yaml", &suite)]);
    let plan = plan(folder.path());
    assert!(plan.contains(" majority – nothing 1 embedding, 1 probe "), "{plan}");
    assert!(plan.contains(" again 1–2 nothing 1 embedding, 1 probe "), "{plan}");
}

/// Another task with the same items, of which a clip has an embedding of its own.
const CLIPS: &str = "  - name: clips
    corpus: labelled
    targets: [key]
    kind: key
    split: {train: 0.5, valid: 0.2, test: 0.3, seed: 1}
    metrics: [weighted_key_score]
    probe: {hidden: [0], batch: [8], lr: [0.01], epochs: 1, patience: 1, unit: clip, pool: [mean]}
rows:";

#[test]
fn embeddings_that_are_known_lack_nothing_in_whatever_units_they_are_asked_for() {
    let rows = "\n  - {method: majority}\n  - {method: embeddings, file: mine.safetensors}\n";
    let suite = suite_of(rows, "majority").replace("rows:", CLIPS);
    let etudes = "{etudes: {pieces: 48, seconds: 4, seed: 901}}";
    let folder = folder(&[("tiny.yaml", &suite.replace(etudes, "{manifest: mine.csv}"))]);
    let ids: Vec<String> = (0..24).map(|item| format!("{item:02}")).collect();
    let mut manifest = "id,path,key\n".to_string();
    for (item, id) in ids.iter().enumerate() {
        fs::write(folder.path().join(format!("{id}.wav")), id).unwrap();
        manifest += &format!("{id},{id}.wav,{} major\n", ["C", "D"][item % 2]);
    }
    fs::write(folder.path().join("mine.csv"), manifest).unwrap();
    let embeddings = Tensor::zeros([24, 3], (Kind::Float, Device::Cpu));
    let ids = Tensor::from_slice(serde_json::to_string(&ids).unwrap().as_bytes());
    let named = Named::from([("embeddings".into(), embeddings), ("ids".into(), ids)]);
    tensors::save(&folder.path().join("mine.safetensors"), &named, None).unwrap();
    let plan = plan(folder.path());
    assert!(plan.contains(" embeddings 1 2 embeddings 2 probes "), "{plan}");
}
