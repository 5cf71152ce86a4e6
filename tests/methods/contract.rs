//! Every built-in method keeps the contract, and the wall between `src/` and `methods/` stands.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bench::conformance;
use bench::{
    Batch, Card, Context, Encoder, Entry, Input, Loss, Method, Placement, Plugin, Progress,
    Readout, Registry, Rng, Sampling, Supervision,
};
use tch::{Kind, Tensor};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_under(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_under(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found
}

fn folders() -> Vec<String> {
    let entries = std::fs::read_dir(root().join("methods")).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.path().is_dir());
    folders.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

#[test]
fn every_method_keeps_the_contract() {
    let mut broken = Vec::new();
    for entry in Registry::builtin().entries() {
        // What is not trained is as quick in every configuration.
        let checked = entry.configs.iter().filter(|(name, _)| !entry.trains || *name == "small");
        for (config, _) in checked {
            let promises = conformance::check(entry, config).unwrap();
            let place = format!("{}.{config}", entry.name);
            broken.extend(promises.into_iter().map(|promise| format!("{place}: {promise}")));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_published_configuration_can_be_read() {
    for entry in Registry::builtin().entries().iter().filter(|entry| entry.trains) {
        let text = entry.config("paper").unwrap();
        let config: serde_yaml::Value = bench::settings::parse(text, entry.name).unwrap();
        entry.resolve(config["method"].clone()).unwrap();
        assert!(config["train"]["batch"].as_u64().is_some(), "{} has no batch size", entry.name);
    }
}

#[test]
fn every_folder_has_its_line() {
    let lines = std::fs::read_to_string(root().join("methods/mod.rs")).unwrap();
    for folder in folders() {
        assert!(
            lines.contains(&format!("pub mod {folder};")),
            "methods/{folder} has no line in methods/mod.rs"
        );
        assert!(
            lines.contains(&format!("<{folder}::")),
            "methods/{folder} has no entry in methods/mod.rs"
        );
    }
}

#[test]
fn no_method_reaches_into_the_library() {
    for path in files_under(&root().join("methods"), "rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("crate::"), "{} says crate::", path.display());
    }
}

#[test]
fn no_code_of_the_library_names_a_method() {
    let names = Registry::builtin().entries().iter().map(|entry| entry.name).collect::<Vec<_>>();
    // A published split or way of probing is called as its paper is.
    let papers = ["src/data/dataset", "src/eval/probe/preset.rs"].map(|path| root().join(path));
    let is_code = |path: &PathBuf| !papers.iter().any(|paper| path.starts_with(paper));
    for path in files_under(&root().join("src"), "rs").into_iter().filter(is_code) {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
        // A tensor in files is called as the method that is made of it.
        for line in lines.filter(|line| !line.starts_with("pub const NAME: &str = ")) {
            let quoted = names.iter().find(|name| line.contains(&format!("\"{name}\"")));
            assert!(quoted.is_none(), "{}: {line}", path.display());
            assert!(
                !line.contains("methods::") || line.contains("methods::ALL"),
                "{}: {line}",
                path.display()
            );
        }
    }
}

/// A method that breaks promises: it looks at its neighbours and its labels, and never uses a
/// parameter.
struct Careless {
    weight: Tensor,
    count: f64,
}

impl Plugin for Careless {
    const CARD: Card = Card {
        title: "careless",
        paper: None,
        version: 1,
        supervision: Supervision::None,
        file: None,
        readme: "## Idea\n",
    };
    type Config = BTreeMap<String, i64>;

    fn new(_config: Self::Config, cx: &Context<'_>) -> bench::Result<Careless> {
        let _ = cx.vars.ones("idle", &[1]);
        Ok(Careless { weight: cx.vars.ones("weight", &[1]), count: 0.0 })
    }
}

impl Encoder for Careless {
    fn input(&self) -> Input {
        Input::Waveform { rate: 8000, samples: 64 }
    }

    fn dim(&self) -> i64 {
        64
    }

    fn forward(&self, clips: &Tensor, _train: bool) -> bench::Result<Tensor> {
        Ok((clips - clips.mean_dim(0, true, Kind::Float)) * &self.weight)
    }

    fn readouts(&self) -> Vec<Readout> {
        [("low", 0..32), ("low", 32..64), ("none", 8..8)]
            .map(|(name, columns)| Readout { name, columns })
            .into()
    }
}

impl Method for Careless {
    fn sampling(&self) -> Sampling {
        Sampling { clips: 1, length: 64, placement: Placement::Independent }
    }

    fn views(&self, _batch: &Batch, _rng: &mut Rng) -> bench::Result<Vec<Tensor>> {
        Ok(Vec::new())
    }

    fn loss(
        &mut self,
        _views: &[Tensor],
        batch: &Batch,
        _progress: Progress,
    ) -> bench::Result<Loss> {
        self.count += 1.0;
        let seen = batch.labels.as_ref().map_or(0.0, |labels| labels.double_value(&[0, 0]));
        Ok(((&self.weight * 0.0).sum(Kind::Float) + self.count + seen).into())
    }
}

#[test]
fn the_contract_notices_what_is_broken() {
    let configs = &[("small", "method: {}\ntrain: {lr: 0.1}\n")];
    let entry = Entry::method::<Careless>("careless", configs);
    let found = conformance::check(&entry, "small").unwrap();
    for promise in [
        "its README has no heading ## Loss",
        "its settings accept an unknown field",
        "the embedding of clip 0 depends on the batch around it",
        "two readouts are called low",
        "readout none has no columns",
        "the loss changes by saving and loading",
        "another seed gives the same loss",
        "its card says it sees no labels, and the loss depends on them",
        "idle has no finite gradient",
        "20 steps on one batch took the loss from 1 to 20",
    ] {
        assert!(found.iter().any(|line| line == promise), "{promise:?} is not in {found:#?}");
    }
}
