//! `bench data`: corpora written out, checked and divided; published data sets downloaded and
//! verified.

pub mod corpus;
pub mod fetch;
pub mod verify;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use self::corpus::open;
use self::fetch::FetchArgs;
use self::verify::VerifyArgs;
use super::print;
use crate::data::corpus::Corpus;
use crate::data::export::export;
use crate::data::manifest::{Manifest, Problem};
use crate::data::parallel::available_threads;
use crate::data::split::{Size, Split, SplitSpec};
use crate::data::{CorpusSpec, Kind};
use crate::error::{Error, Result, unknown};
use crate::progress::{Meter, Show};

/// The verbs of `bench data`.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Write a corpus as 16-bit WAV files with a manifest, to listen to it or to use it elsewhere
    Export(ExportArgs),
    /// Check a manifest, every sound file included, and print each problem with its line
    Check(CheckArgs),
    /// Download what anyone may of a published data set, and say what a person must do for the rest
    Fetch(FetchArgs),
    /// Compare a published data set on this machine with what its authors say of it
    Verify(VerifyArgs),
    /// Divide a manifest's items into train, valid and test, and print `id,split` as CSV
    Split(SplitArgs),
}

/// What `bench data export` takes.
#[derive(Args, Clone, Debug)]
pub struct ExportArgs {
    /// etudes:N for N built-in pieces (etudes:24,seed=3,seconds=10,notes=true), or a manifest
    pub corpus: CorpusSpec,
    /// The folder to write to: audio/ID.wav and manifest.csv
    pub folder: PathBuf,
    /// No progress on standard error
    #[arg(long)]
    pub quiet: bool,
}

/// What `bench data check` takes.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// A CSV file: id,path[,group][,work][,start,stop],targets…
    pub manifest: PathBuf,
    /// Columns that are targets and their kinds: class, tags, number or key; `key` is one by itself
    #[arg(long, value_name = "COLUMN=KIND,…", value_delimiter = ',', value_parser = target)]
    pub targets: Vec<(String, Kind)>,
    /// No progress on standard error
    #[arg(long)]
    pub quiet: bool,
}

/// What `bench data split` takes.
#[derive(Args, Clone, Debug)]
pub struct SplitArgs {
    /// A CSV file: id,path[,group][,work],targets…
    pub manifest: PathBuf,
    /// Size of the train part: a fraction of the items (0.6) or their number (240)
    #[arg(long, value_name = "SIZE", default_value = "0.6", value_parser = size)]
    pub train: Size,
    /// Size of the valid part
    #[arg(long, value_name = "SIZE", default_value = "0.2", value_parser = size)]
    pub valid: Size,
    /// Size of the test part
    #[arg(long, value_name = "SIZE", default_value = "0.2", value_parser = size)]
    pub test: Size,
    /// Another seed gives another split
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// A column of classes that every part should have in the same proportions
    #[arg(long, value_name = "COLUMN")]
    pub target: Option<String>,
}

/// Does what was asked; `false` when a check found problems.
///
/// # Errors
/// When something cannot be read or written, or is wrong beyond a check's findings.
pub fn run(command: &Command, out: &mut dyn Write) -> Result<bool> {
    match command {
        Command::Export(args) => write_out(args, out).map(|()| true),
        Command::Check(args) => check(args, out),
        Command::Fetch(args) => fetch::run(args, out),
        Command::Verify(args) => verify::run(args, out),
        Command::Split(args) => split(args, out).map(|()| true),
    }
}

fn write_out(args: &ExportArgs, out: &mut dyn Write) -> Result<()> {
    let corpus = open(&args.corpus, "export")?;
    let count = corpus.items().len();
    let mut meter = Meter::new(Show::for_stderr(args.quiet), "writing", count as u64, "items");
    export(corpus.as_ref(), &args.folder, available_threads(), &mut |done| {
        meter.set(done as u64, "")
    })?;
    meter.finish();
    print(out, &format!("{count} items written to {}\n", args.folder.display()))
}

fn check(args: &CheckArgs, out: &mut dyn Write) -> Result<bool> {
    let kinds = args.targets.iter().cloned().collect();
    let (manifest, mut problems) = Manifest::inspect("check", &args.manifest, &kinds)?;
    let (items, files) = (manifest.items().len(), manifest.files());
    let mut meter = Meter::new(Show::for_stderr(args.quiet), "decoding", files as u64, "files");
    let mut progress = |done: usize| meter.set(done as u64, "");
    problems.extend(manifest.check_sound(available_threads(), &mut progress));
    meter.finish();
    problems.sort_by_key(|problem| problem.line);
    let place = args.manifest.display();
    for Problem { line, message } in &problems {
        print(out, &format!("{place}:{line}: {message}\n"))?;
    }
    let found = match problems.len() {
        0 => "no problem".to_string(),
        1 => "1 problem".to_string(),
        many => format!("{many} problems"),
    };
    print(out, &format!("{place}: {found}; {items} items in {files} files decoded\n"))?;
    Ok(problems.is_empty())
}

fn split(args: &SplitArgs, out: &mut dyn Write) -> Result<()> {
    let manifest = Manifest::read("split", &args.manifest, &stratified(args))?;
    let SplitArgs { train, valid, test, seed, .. } = *args;
    let split = Split::new(
        manifest.items(),
        &SplitSpec { train, valid, test, seed, stratify: None },
        args.target.as_deref(),
    )?;
    for warning in args.target.iter().flat_map(|target| split.lacking(manifest.items(), target)) {
        eprintln!("warning: {warning}");
    }
    print(out, &split.to_csv(manifest.items())?)
}

fn stratified(args: &SplitArgs) -> BTreeMap<String, Kind> {
    let kind = |target: &str| if target == "key" { Kind::Key } else { Kind::Class };
    args.target.iter().map(|target| (target.clone(), kind(target))).collect()
}

fn target(text: &str) -> Result<(String, Kind)> {
    let usage = || Error::Invalid(format!("{text:?} is not of the form COLUMN=KIND"));
    let (column, kind) = text.split_once('=').ok_or_else(usage)?;
    let kinds = [
        ("class", Kind::Class),
        ("tags", Kind::Tags),
        ("number", Kind::Number),
        ("key", Kind::Key),
    ];
    match kinds.iter().find(|(name, _)| *name == kind) {
        Some((_, kind)) => Ok((column.to_string(), *kind)),
        None => Err(Error::Invalid(unknown("kind", kind, kinds.iter().map(|(name, _)| *name)))),
    }
}

fn size(text: &str) -> Result<Size> {
    let count = text.parse().ok().map(Size::Count);
    let size = count.or_else(|| text.parse().ok().map(Size::Fraction));
    size.ok_or_else(|| Error::Invalid(format!("{text:?} is neither a count nor a fraction")))
}
