//! `bench new method`: the start of a method, as a folder that builds and keeps the contract.
//!
//! What is written is the crate in `tests/plugin` under another name, so that it is compiled and
//! tested with everything else.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::print;
use crate::error::{Error, Result};
use crate::files::{read_text, write_atomically};
use crate::registry::Registry;

/// What can be begun.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Write a small method that builds and keeps the contract, to be changed into yours
    Method(MethodArgs),
}

/// What `bench new method` takes.
#[derive(Args, Clone, Debug)]
pub struct MethodArgs {
    /// The method's name: lowercase letters, digits and underscores
    pub name: String,
    /// The folder to make [default: methods/NAME, or NAME with --outside]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Make a crate of its own that uses this program's sources, instead of a folder of theirs
    #[arg(long)]
    pub outside: bool,
}

/// The name that is replaced in every file.
const EXAMPLE: &str = "example_method";

/// The files of a method.
const METHOD: &[(&str, &str)] = &[
    ("mod.rs", include_str!("../../tests/plugin/src/example_method/mod.rs")),
    ("loss.rs", include_str!("../../tests/plugin/src/example_method/loss.rs")),
    ("paper.yaml", include_str!("../../tests/plugin/src/example_method/paper.yaml")),
    ("small.yaml", include_str!("../../tests/plugin/src/example_method/small.yaml")),
    ("suite.yaml", include_str!("../../tests/plugin/src/example_method/suite.yaml")),
    ("README.md", include_str!("../../tests/plugin/src/example_method/README.md")),
];

/// The files around it in a crate of its own.
const CRATE: &[(&str, &str)] = &[
    ("src/main.rs", include_str!("../../tests/plugin/src/main.rs")),
    ("build.rs", include_str!("../../tests/plugin/build.rs")),
    (".gitignore", include_str!("../../.gitignore")),
];

const MANIFEST: &str = include_str!("../../tests/plugin/Cargo.toml");

/// Words that no module beside a crate's `main.rs` can have for a name: those of the language, and
/// the crates that a method uses.
const TAKEN: &str = "as async await break const continue crate dyn else enum extern false fn for \
    gen if impl in let loop match mod move mut pub ref return self static struct super trait true \
    type unsafe use where while abstract become box do final macro override priv try typeof \
    unsized virtual yield alloc bench core proc_macro null rand serde std tch test";

/// Files by their path in the folder that is made.
type Files = Vec<(PathBuf, String)>;

/// Writes the folder, whole or not at all, and prints what to do next.
///
/// # Errors
/// When the name cannot be a method's, the folder is there already or cannot be made.
pub fn run(registry: &Registry, command: &Command, out: &mut dyn Write) -> Result<()> {
    let Command::Method(args) = command;
    let name = args.name.as_str();
    check_name(name, registry)?;
    let folder = folder(args)?;
    if args.outside {
        make(&folder, &own_crate(name)?)?;
        print(out, &format!("{}\n{}", written(&folder), next_outside(name)))
    } else {
        make(&folder, &method(name, Path::new("")))?;
        print(out, &format!("{}\n{}", written(&folder), next_inside(name, &folder)))
    }
}

fn check_name(name: &str, registry: &Registry) -> Result<()> {
    let refused = |why: &str| {
        let message = format!("a method cannot be called {name:?}: {why}");
        Err(Error::Invalid(message))
    };
    let part = |part: &str| {
        let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        !part.is_empty() && part.chars().all(snake)
    };
    if !name.split('_').all(part) || name.starts_with(|c: char| c.is_ascii_digit()) {
        return refused(
            "names are lowercase letters, digits and single underscores, and begin with a letter",
        );
    }
    if registry.entries().iter().any(|entry| entry.name == name) {
        return refused("there is one already (`bench list methods` prints all)");
    }
    if name == "results" {
        return refused("`bench explain results` explains something else");
    }
    if TAKEN.split_whitespace().any(|word| word == name) {
        return refused("Rust has that word for itself, or a crate that methods use");
    }
    match words().contains(type_name(name).as_str()) {
        true => refused(&format!("its type would be called {}, as another is", type_name(name))),
        false => Ok(()),
    }
}

/// The words of the example's code but its own name.
fn words() -> BTreeSet<&'static str> {
    let code = METHOD.iter().chain(CRATE).filter(|(path, _)| path.ends_with(".rs"));
    let word = |c: char| !c.is_ascii_alphanumeric();
    code.flat_map(|(_, text)| text.split(word)).filter(|word| *word != type_name(EXAMPLE)).collect()
}

/// `my_method` → `MyMethod`.
fn type_name(name: &str) -> String {
    let capital = |part: &str| part[..1].to_ascii_uppercase() + &part[1..];
    name.split('_').map(capital).collect()
}

fn folder(args: &MethodArgs) -> Result<PathBuf> {
    let folder = match &args.out {
        Some(folder) => folder.clone(),
        None if args.outside => PathBuf::from(&args.name),
        None if Path::new("methods/mod.rs").is_file() => Path::new("methods").join(&args.name),
        None => {
            let message = "there is no methods/mod.rs here: go to a checkout of bench, or add \
                           --outside for a crate of its own";
            return Err(Error::Invalid(message.into()));
        }
    };
    if folder.symlink_metadata().is_ok() || folder.file_name().is_none() {
        let message = format!("{} is there already; --out names another folder", folder.display());
        return Err(Error::Invalid(message));
    }
    Ok(folder)
}

fn render(text: &str, name: &str) -> String {
    text.replace(EXAMPLE, name).replace(&type_name(EXAMPLE), &type_name(name))
}

fn method(name: &str, place: &Path) -> Files {
    METHOD.iter().map(|(path, text)| (place.join(path), render(text, name))).collect()
}

fn own_crate(name: &str) -> Result<Files> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !sources.join("Cargo.toml").is_file() {
        return Err(Error::Invalid(format!(
            "the sources this program was built of, which the crate would use, are no longer in {}; \
             build the program again",
            sources.display()
        )));
    }
    let libtorch = sources.join(option_env!("LIBTORCH").unwrap_or(".libtorch"));
    let mut files = method(name, &Path::new("src").join(name));
    files.extend(CRATE.iter().map(|(path, text)| (PathBuf::from(path), render(text, name))));
    files.push(("Cargo.toml".into(), manifest(name, sources)));
    files.push((".cargo/config.toml".into(), config(&libtorch)));
    // So that the crate has the same versions of everything.
    files.push(("Cargo.lock".into(), read_text(&sources.join("Cargo.lock"))?));
    Ok(files)
}

fn manifest(name: &str, sources: &Path) -> String {
    let (manifest, _) =
        MANIFEST.split_once("\n# What the example does without").unwrap_or_default();
    manifest
        .replace("\"plugin\"", &quoted(name))
        .replace("\"../..\"", &quoted(&sources.to_string_lossy()))
        // A workspace of its own, so that the folder may lie anywhere.
        .replace("[lints]\nworkspace = true", "[workspace]")
}

fn config(libtorch: &Path) -> String {
    format!(
        "# What it is linked with; a LIBTORCH in the environment is used instead.\n\
         [env]\nLIBTORCH = {}\n",
        quoted(&libtorch.to_string_lossy())
    )
}

/// As a string of TOML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Fills a folder beside the one asked for, which then takes its name.
fn make(folder: &Path, files: &[(PathBuf, String)]) -> Result<()> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let part = folder.with_file_name(format!(".{name}.part"));
    // What a killed process left, if anything.
    let _ = fs::remove_dir_all(&part);
    let written = files
        .iter()
        .try_for_each(|(path, text)| write_atomically(&part.join(path), text.as_bytes()));
    let made =
        written.and_then(|()| fs::rename(&part, folder).map_err(Error::io("create", folder)));
    if made.is_err() {
        // The first failure is the one to tell.
        let _ = fs::remove_dir_all(&part);
    }
    made
}

fn written(folder: &Path) -> String {
    format!("wrote {}\n", folder.display())
}

fn next_inside(name: &str, folder: &Path) -> String {
    let (kind, folder) = (type_name(name), folder.display());
    format!(
        "Two lines in methods/mod.rs make it a built-in method. Beside the modules:\n    \
         pub mod {name};\n\
         and in ALL:\n    \
         Entry::method::<{name}::{kind}>(\"{name}\", {name}::CONFIGS),\n\n\
         Then `cargo test --release --test methods` holds it to its contract, and\n\
         `cargo run --release -- run {folder}/suite.yaml` gives a first table.\n"
    )
}

fn next_outside(name: &str) -> String {
    format!(
        "In there, `cargo test --release` holds the method to its contract, and\n\
         `cargo run --release -- run src/{name}/suite.yaml` gives a first table.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_trace_of_the_example_is_left() {
        let files = own_crate("vic_reg_2").unwrap();
        for (path, text) in files.iter().filter(|(path, _)| path != Path::new("Cargo.lock")) {
            for word in [
                "xample_method",
                "ExampleMethod",
                "\"plugin\"",
                "[lints]",
                "../..",
                "zip",
                "tempfile",
            ] {
                assert!(!text.contains(word), "{} has {word}", path.display());
            }
        }
        let code = &files.iter().find(|(path, _)| path.ends_with("vic_reg_2/mod.rs")).unwrap().1;
        assert!(code.contains("impl Plugin for VicReg2 {"));
    }
}
