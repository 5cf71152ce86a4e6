//! Settings that make no method are refused in words, before any of libtorch's constructors sees
//! them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bench::train::{Network, Seen};
use bench::{Classes, Entry, Registry, Result, Seed, settings};
use serde_yaml::Value;
use tch::Device;

/// The settings called `config`, with every default.
fn resolved(entry: &Entry, config: &str) -> Value {
    let all: Value = settings::parse(entry.config(config).unwrap(), entry.name).unwrap();
    entry.resolve(all.get("method").cloned().unwrap_or_default()).unwrap()
}

/// A method, built from its settings after `assignment`.
fn build(entry: &Entry, mut settings: Value, assignment: &str) -> Result<Network> {
    settings::set(&mut settings, assignment).unwrap();
    let names = ["a".to_string(), "b".to_string()];
    let classes = Classes { names: &names, exclusive: true };
    let seen = Seen { items: 4, classes, file: None };
    Network::new(entry, &settings, seen, Seed::new(1), Device::Cpu)
}

#[test]
fn a_setting_out_of_range_is_refused_with_its_name() {
    let registry = Registry::builtin();
    for (method, config, assignment, words) in [
        ("myna_square", "small", "encoder.depth=0", "depth"),
        ("myna_square", "small", "encoder.heads=0", "heads"),
        ("myna_square", "small", "encoder.dim_head=0", "dim_head"),
        ("myna_square", "small", "encoder.mlp_dim=-1", "mlp_dim"),
        ("myna_square", "small", "encoder.dim=0", "dim"),
        ("myna_square", "small", "frames=0", "do not tile"),
        ("myna_square", "small", "patches=[]", "patches"),
        ("myna_square", "small", "patches=[[0, 16]]", "do not tile"),
        ("myna_square", "small", "projector=[64, 0]", "projector"),
        ("myna_square", "small", "loss.temperature=0", "temperature"),
        ("myna_square", "small", "loss.temperature=.nan", "temperature"),
        ("myna_square", "small", "loss.gamma=0", "gamma"),
        ("myna_square", "small", "mel.n_mels=0", "n_mels"),
        ("myna_square", "small", "mel.hop=0", "hop"),
        ("clmr", "small", "encoder.channels=[]", "stride"),
        ("clmr", "small", "projector=[-8]", "projector"),
        ("clmr", "small", "temperature=-0.1", "temperature"),
        ("clmr", "small", "rate=0", "rate"),
        ("log_mel", "default", "frames=0", "frames"),
        ("log_mel", "default", "mel.n_fft=1", "n_fft"),
        ("chroma", "default", "hop=0", "hop"),
        ("chroma", "default", "resolution=0", "resolution"),
        // A digit or three too many.
        ("myna_square", "small", "encoder.mlp_dim=384000", "mlp_dim 384000; 1 to 16384"),
        ("myna_square", "small", "encoder.depth=2000", "depth 2000; 1 to 256"),
        ("myna_square", "small", "mel.n_fft=2048000", "n_fft 2048000; 2 to 65536"),
        ("myna_square", "small", "mel.n_mels=128000", "n_mels 128000; 1 to 4096"),
        ("myna_square", "small", "frames=96000000", "tokens"),
        ("clmr", "small", "projector=[512000]", "width 512000; 1 to 16384"),
        ("clmr", "small", "rate=16000000", "rate 16000000; 1000 to 192000"),
        ("log_mel", "default", "frames=96000000", "frames 96000000; 1 to 524288"),
        ("chroma", "default", "samples=32768000000", "samples 32768000000; 1 to 67108864"),
        ("moco_v1", "small", "queue=65536000", "keys 65536000; 1 to 1048576"),
    ] {
        let entry = registry.find(method).unwrap();
        match build(entry, resolved(entry, config), assignment) {
            Err(error) => {
                let said = error.to_string();
                assert!(said.contains(words), "{method}, {assignment}: {said}");
                assert!(error.is_usage(), "{method}, {assignment}: {error:?}");
            }
            Ok(_) => panic!("{method} takes {assignment}"),
        }
    }
}

/// Where numbers are in some settings, as `--set` names them.
fn numbers(value: &Value) -> Vec<String> {
    let inside: Vec<(String, &Value)> = match value {
        Value::Mapping(fields) => {
            fields.iter().map(|(name, value)| (name.as_str().unwrap().into(), value)).collect()
        }
        Value::Sequence(items) => {
            items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let path = |(name, value): (String, &Value)| match value {
        Value::Number(_) => vec![name],
        _ => numbers(value).iter().map(|rest| format!("{name}.{rest}")).collect(),
    };
    inside.into_iter().flat_map(path).collect()
}

#[test]
fn no_number_makes_a_method_panic_fill_the_memory_or_take_clips_of_no_length() {
    let mut wrong = Vec::new();
    for entry in Registry::builtin().entries() {
        let config = if entry.trains { "small" } else { entry.configs[0].0 };
        let settings = resolved(entry, config);
        for path in numbers(&settings) {
            for value in ["0", "-1", "4000000000"] {
                let assignment = format!("{path}={value}");
                let build = || build(entry, settings.clone(), &assignment);
                match catch_unwind(AssertUnwindSafe(build)) {
                    Ok(Ok(network)) if network.encoder().input().length() > 0 => {}
                    Ok(Err(_)) => {}
                    _ => wrong.push(format!("{}: {assignment}", entry.name)),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
