//! `bench data verify`: a published data set on this machine against what its authors say of it.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::cli::print;
use crate::data::dataset::{Card, Catalogue, Place, find};
use crate::data::manifest::Problem;
use crate::data::{Item, classes};
use crate::error::Result;

/// What `bench data verify` takes.
#[derive(Args, Clone, Debug)]
pub struct VerifyArgs {
    /// A data set's name (see `bench list datasets`)
    pub name: String,
    /// The folder of its sound and annotations, as `bench explain NAME` describes it
    pub folder: PathBuf,
    /// The folder of published lists, for splits that are lists
    #[arg(long, value_name = "DIR")]
    pub lists: Option<PathBuf>,
}

/// Prints what the folder holds and every deviation from the data set's card; `false` when there is
/// one.
///
/// # Errors
/// When an annotation file is missing or cannot be read.
pub fn run(args: &VerifyArgs, out: &mut dyn Write) -> Result<bool> {
    let dataset = find(&args.name)?;
    let place = Place { folder: args.folder.clone(), lists: args.lists.clone() };
    let catalogue = dataset.read(&place)?;
    let mut deviations = problems(&catalogue.problems);
    deviations.extend(missing_files(dataset.card(), &catalogue, &place));
    deviations.extend(wrong_splits(dataset.card(), &catalogue));
    print(out, &contents(dataset.card(), &catalogue))?;
    for known in problems(&catalogue.known) {
        print(out, &format!("known: {known}\n"))?;
    }
    for deviation in &deviations {
        print(out, &format!("{deviation}\n"))?;
    }
    let verdict = match deviations.len() {
        0 => "no deviation".to_string(),
        1 => "1 deviation".to_string(),
        many => format!("{many} deviations"),
    };
    print(out, &format!("{}: {verdict}\n", args.folder.display()))?;
    Ok(deviations.is_empty())
}

/// How many recordings there are with which labels.
fn contents(card: &Card, catalogue: &Catalogue) -> String {
    let items: Vec<&Item> = catalogue.recordings.iter().map(|r| &r.item).collect();
    let mut text = format!("{}: {} recordings\n", card.title, items.len());
    for target in card.targets {
        let labelled = items.iter().filter(|item| item.targets.contains_key(target.name)).count();
        let found = match classes(items.iter().copied(), target.name).len() {
            0 => String::new(),
            count => format!(", {count} classes or tags"),
        };
        text += &format!("target {}: {labelled} labelled{found} ({})\n", target.name, target.about);
    }
    for (name, parts) in &catalogue.splits {
        let [train, valid, test] = parts.each_ref().map(BTreeSet::len);
        text += &format!("split {name}: train {train}, valid {valid}, test {test}\n");
    }
    text
}

fn problems(problems: &[(PathBuf, Problem)]) -> Vec<String> {
    let place = |(file, problem): &(PathBuf, Problem)| match problem.line {
        0 => format!("{}: {}", file.display(), problem.message),
        line => format!("{}:{line}: {}", file.display(), problem.message),
    };
    problems.iter().map(place).collect()
}

fn missing_files(card: &Card, catalogue: &Catalogue, place: &Place) -> Vec<String> {
    let expected =
        catalogue.recordings.iter().filter(|r| !card.corrupt.contains(&r.item.id.as_str()));
    let missing = expected.filter(|r| !place.folder.join(&r.file).is_file());
    missing.map(|r| format!("missing file {} of {:?}", r.file.display(), r.item.id)).collect()
}

/// Splits of other sizes than published ones, and items of splits that are not there.
fn wrong_splits(card: &Card, catalogue: &Catalogue) -> Vec<String> {
    let there: BTreeSet<&str> = catalogue.recordings.iter().map(|r| r.item.id.as_str()).collect();
    let mut found = Vec::new();
    for split in card.splits {
        let Some(parts) = catalogue.splits.get(split.name) else {
            let lists: Vec<&str> = split.lists.iter().map(|list| list.file).collect();
            let lists = lists.join(", ");
            found.push(format!("split {}: not known without --lists ({lists})", split.name));
            continue;
        };
        for ((part, items), published) in
            ["train", "valid", "test"].iter().zip(parts).zip(split.items)
        {
            if items.len() != published {
                let count = items.len();
                let name = split.name;
                found.push(format!(
                    "split {name}: {part} has {count} items where {published} are published"
                ));
            }
            let known =
                |id: &&String| there.contains(id.as_str()) || card.corrupt.contains(&id.as_str());
            let absent = items.iter().filter(|id| !known(id));
            found.extend(
                absent.map(|id| format!("split {}: {part} item {id:?} is not there", split.name)),
            );
        }
    }
    found
}
