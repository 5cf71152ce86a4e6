//! `bench data fetch`: what can be downloaded of a data set, and what is left to a person.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::print;
use crate::data::dataset::download::FileState;
use crate::data::dataset::{Card, Download, List, find};
use crate::error::{Error, Result, unknown};
use crate::files;

/// What `bench data fetch` takes.
#[derive(Args, Clone, Debug)]
pub struct FetchArgs {
    /// A data set's name (see `bench list datasets`)
    pub name: String,
    /// The folder to download into; what is there is kept, and what was begun is gone on with
    pub folder: PathBuf,
    /// Only these files, separated by commas; large ones come only when they are named
    #[arg(long, value_name = "FILE,…", value_delimiter = ',')]
    pub files: Vec<String>,
    /// Download the published lists of splits too, into this folder
    #[arg(long, value_name = "DIR")]
    pub lists: Option<PathBuf>,
    /// Take every file from MIRROR/FILE in the place of its published address
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
    /// No progress on standard error
    #[arg(long)]
    pub quiet: bool,
}

/// Downloads with `curl` what the data set's card has an address for and prints what became of each
/// file, then what is left to do; `false` when a file could not be had.
///
/// # Errors
/// When there is no such data set or file.
pub fn run(args: &FetchArgs, out: &mut dyn Write) -> Result<bool> {
    let card = find(&args.name)?.card();
    let mut done = true;
    for download in wanted(card, &args.files)? {
        done &= fetch(args, &download, &args.folder, out)?;
    }
    let lists = lists(card);
    if let Some(folder) = &args.lists {
        for download in lists.iter().filter_map(List::download) {
            done &= fetch(args, &download, folder, out)?;
        }
    }
    print(out, &left_to_do(card, &lists, args))?;
    Ok(done)
}

/// The files that are asked for.
fn wanted(card: &Card, files: &[String]) -> Result<Vec<Download>> {
    let known = || card.downloads.iter().map(|download| download.file);
    if let Some(file) = files.iter().find(|file| !known().any(|known| known == file.as_str())) {
        let message = match card.downloads {
            [] => format!("no file of {} can be downloaded", card.name),
            _ => unknown("file", file, known()),
        };
        return Err(Error::settings("--files", message));
    }
    let wanted = |download: &&Download| match files {
        [] => !download.named,
        files => files.iter().any(|file| file == download.file),
    };
    Ok(card.downloads.iter().filter(wanted).copied().collect())
}

/// The lists of all its splits, each once.
fn lists(card: &Card) -> Vec<List> {
    let mut lists: Vec<List> = Vec::new();
    for list in card.splits.iter().flat_map(|split| split.lists) {
        if !lists.contains(list) {
            lists.push(*list);
        }
    }
    lists
}

fn fetch(
    args: &FetchArgs,
    download: &Download,
    folder: &Path,
    out: &mut dyn Write,
) -> Result<bool> {
    let path = folder.join(download.file);
    let told = match (download.fetch(folder, args.mirror.as_deref(), args.quiet), download.checksum)
    {
        (Err(error), _) => Err(error.told()),
        (Ok(FileState::There), Some(_)) => Ok("there already, as published".to_string()),
        (Ok(FileState::There), None) => Ok("there already".to_string()),
        (Ok(FileState::Downloaded), Some(_)) => Ok("downloaded, as published".to_string()),
        (Ok(FileState::Downloaded), None) => {
            let hash = files::sha256(&path)?;
            Ok(format!("downloaded; no checksum is published, its SHA-256 is {hash}"))
        }
    };
    let (fetched, told) = match told {
        Ok(told) => (true, told),
        Err(told) => (false, format!("failed: {told}")),
    };
    print(out, &format!("{}: {told}\n", path.display()))?;
    Ok(fetched)
}

/// What a person must do, exactly.
fn left_to_do(card: &Card, lists: &[List], args: &FetchArgs) -> String {
    let mut text = String::new();
    if card.downloads.is_empty() {
        text += &format!("{}: nothing of its sound can be downloaded by a program\n", card.name);
        text += &format!("from: {}\n", card.source);
    }
    let mut large =
        card.downloads.iter().filter(|d| d.named && !args.files.contains(&d.file.into()));
    if let Some(first) = large.next() {
        let names: Vec<&str> = std::iter::once(first).chain(large).map(|d| d.file).collect();
        text += &format!("not downloaded unless named: --files {}\n", names.join(","));
    }
    text += &format!("by hand: {}\nfolder: {}\n", card.by_hand, card.layout);
    if args.lists.is_none() && lists.iter().any(|list| list.folder.is_some()) {
        text += "lists of splits: --lists DIR downloads them\n";
    }
    for List { file, source, .. } in lists.iter().filter(|list| list.folder.is_none()) {
        text += &format!("list by hand: {file} from {source}\n");
    }
    text + &format!("then: bench data verify {} {}\n", card.name, args.folder.display())
}
