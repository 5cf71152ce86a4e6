//! Splits: groups and works stay whole, ids and a seed decide, classes are spread.

use std::collections::{BTreeMap, BTreeSet};

use bench::data::split::{Leak, Size, cluster_names, leaks};
use bench::data::{Corpus, CorpusSpec, Item, Split, SplitSpec, Target};

const CLASSES: usize = 6;

/// Items in groups of 1 to 4 with a class each, and works that tie every tenth group to the next.
fn items(count: usize) -> Vec<Item> {
    let mut items = Vec::new();
    let mut group = 0;
    while items.len() < count {
        for version in 0..1 + group % 4 {
            let class = format!("class {}", (group * 7 + group / 5) % CLASSES);
            let targets = BTreeMap::from([("style".to_string(), Target::Class(class))]);
            let work = (group % 10 < 2).then(|| format!("work {}", group / 10));
            let id = format!("{group:04}-{version}");
            items.push(Item { id, group: format!("artist {group}"), work, targets });
        }
        group += 1;
    }
    items.truncate(count);
    items
}

fn counts(train: usize, valid: usize, test: usize) -> SplitSpec {
    let [train, valid, test] = [train, valid, test].map(Size::Count);
    SplitSpec { train, valid, test, ..SplitSpec::default() }
}

fn ids(items: &[Item], part: &[usize]) -> BTreeSet<String> {
    part.iter().map(|item| items[*item].id.clone()).collect()
}

fn by_part(items: &[Item], split: &Split) -> Vec<BTreeSet<String>> {
    split.parts().iter().map(|(_, part)| ids(items, part)).collect()
}

#[test]
fn groups_and_works_never_straddle_a_split() {
    let items = items(500);
    for seed in 0..20 {
        let spec = SplitSpec { seed, ..SplitSpec::default() };
        let split = Split::new(&items, &spec, Some("style")).unwrap();
        let mut homes = BTreeMap::new();
        for (part, members) in split.parts() {
            for item in members {
                let work = items[*item].work.clone().into_iter();
                for name in work.chain([items[*item].group.clone()]) {
                    assert_eq!(
                        *homes.entry(name.clone()).or_insert(part),
                        part,
                        "{name}, seed {seed}"
                    );
                }
            }
        }
        assert_eq!(split.parts().iter().map(|(_, part)| part.len()).sum::<usize>(), 500);
    }
}

#[test]
fn the_split_does_not_depend_on_the_order_of_the_items() {
    let items = items(300);
    let mut turned: Vec<Item> = items[77..].iter().chain(&items[..77]).cloned().collect();
    turned.reverse();
    let spec = counts(120, 60, 100);
    let first = Split::new(&items, &spec, Some("style")).unwrap();
    let second = Split::new(&turned, &spec, Some("style")).unwrap();
    assert_eq!(by_part(&items, &first), by_part(&turned, &second));
    assert_eq!(first.hash(&items).unwrap(), second.hash(&turned).unwrap());
}

#[test]
fn another_seed_gives_another_split() {
    let items = items(300);
    let split =
        |seed| Split::new(&items, &SplitSpec { seed, ..SplitSpec::default() }, None).unwrap();
    assert_ne!(split(0), split(1));
    assert_eq!(split(1), split(1));
}

#[test]
fn a_class_is_spread_in_proportion_over_single_items() {
    let mut items = items(660);
    for item in &mut items {
        (item.group, item.work) = (item.id.clone(), None);
    }
    let split = Split::new(&items, &counts(240, 120, 300), Some("style")).unwrap();
    for (part, members) in split.parts() {
        for class in (0..CLASSES).map(|class| format!("class {class}")) {
            let of = |item: &Item| item.class("style") == Some(&class);
            let all = items.iter().filter(|item| of(item)).count() as f64;
            let found = members.iter().filter(|item| of(&items[**item])).count() as f64;
            let expected = all * members.len() as f64 / 660.0;
            assert!((found - expected).abs() <= 2.0, "{class} in {part}: {found} for {expected}");
        }
    }
}

#[test]
fn counts_are_met_where_groups_allow_and_the_rest_is_unused() {
    let items = items(600);
    let split = Split::new(&items, &counts(240, 120, 200), Some("style")).unwrap();
    assert_eq!((split.train.len(), split.valid.len(), split.test.len()), (240, 120, 200));
}

#[test]
fn asking_for_more_items_than_there_are_is_an_error_with_the_numbers() {
    let error = Split::new(&items(50), &counts(40, 10, 10), None).unwrap_err().to_string();
    assert_eq!(
        error,
        "split: train, valid and test ask for 60 items in all, but only 50 are labelled"
    );
}

#[test]
fn a_part_that_whole_groups_leave_empty_is_an_error() {
    let mut items = items(30);
    items.iter_mut().for_each(|item| item.group = "one artist".into());
    let error = Split::new(&items, &SplitSpec::default(), None).unwrap_err().to_string();
    assert!(error.contains("stays empty: 30 items form 1 groups"), "{error}");
}

#[test]
fn questions_that_name_one_column_have_one_split() {
    let items = items(300);
    let drawn = |stratify: Option<&str>, target| {
        let spec = SplitSpec { stratify: stratify.map(String::from), ..counts(120, 60, 100) };
        Split::new(&items, &spec, target)
    };
    let of_style = drawn(None, Some("style")).unwrap();
    assert_ne!(drawn(None, None).unwrap(), of_style);
    for target in [None, Some("style"), Some("tempo")] {
        assert_eq!(drawn(Some("style"), target).unwrap(), of_style, "{target:?}");
    }
    let error = drawn(Some("stile"), Some("style")).unwrap_err().to_string();
    assert!(error.contains("did you mean \"style\"?"), "{error}");
}

#[test]
fn items_without_a_label_are_in_no_part() {
    let mut items = items(100);
    items[3].targets.clear();
    let split = Split::new(&items, &SplitSpec::default(), Some("style")).unwrap();
    assert!(split.parts().iter().all(|(_, part)| !part.contains(&3)));
}

#[test]
fn a_frozen_split_is_read_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("splits.csv");
    let items = items(200);
    let split = Split::new(&items, &counts(100, 40, 40), Some("style")).unwrap();
    split.write(&path, &items).unwrap();
    assert_eq!(Split::read(&path, &items).unwrap(), split);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("id,split\n0000-0,"), "{text}");
}

#[test]
fn a_frozen_split_that_does_not_fit_lists_everything_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("splits.csv");
    let item = |id: &str, group: &str| Item {
        id: id.into(),
        group: group.into(),
        work: None,
        targets: BTreeMap::new(),
    };
    let items = [item("a", "x"), item("b", "x"), item("c", "c"), item("d", "d")];
    std::fs::write(&path, "id,split\r\na,train\r\nb,test\r\nz,train\r\nc,dev\r\na,train\r\n")
        .unwrap();
    let error = Split::read(&path, &items).unwrap_err().to_string();
    let (_, problems) = error.split_once("corpus:\n").unwrap();
    let expected = "  unknown id \"z\"\n  \"dev\" is none of train, valid, test, unused\n  \
        id \"a\" is listed twice\n  missing id \"d\"\n  one group or work straddles parts: \
        \"b\" in test, \"a\" in train";
    assert_eq!(problems, expected);
}

#[test]
fn items_cluster_through_works_and_groups_together() {
    let item = |id: &str, group: &str, work: Option<&str>| Item {
        id: id.into(),
        group: group.into(),
        work: work.map(String::from),
        targets: BTreeMap::new(),
    };
    // c shares a work with a and a group with d.
    let items = [
        item("a", "x", Some("w")),
        item("b", "y", None),
        item("c", "z", Some("w")),
        item("d", "z", Some("v")),
    ];
    assert_eq!(cluster_names(&items, &[3, 1, 0]), ["w", "y", "w"]);
}

#[test]
fn a_class_that_a_part_lacks_is_a_warning() {
    let mut items = items(4);
    for (item, class) in items.iter_mut().zip(["polka", "reel", "jig", "jig"]) {
        item.targets.insert("style".into(), Target::Class(class.into()));
    }
    let split = Split { train: vec![0, 1, 2], valid: vec![3], test: Vec::new() };
    assert_eq!(split.lacking(&items, "style"), ["valid has no item with style polka, reel"]);
}

fn etudes(text: &str) -> Box<dyn Corpus> {
    let spec: CorpusSpec = text.parse().unwrap();
    spec.open("etudes", &BTreeMap::new(), &|_| None).unwrap()
}

#[test]
fn training_on_a_version_of_a_tested_work_is_a_leak() {
    let (small, large) = (etudes("etudes:30"), etudes("etudes:60"));
    let works = |item: usize| large.items()[item].work.clone();
    let tested = 0;
    let version = (1..60).find(|item| works(*item) == works(tested)).unwrap();
    let stranger = (1..60).find(|item| works(*item) != works(tested)).unwrap();
    let found = leaks((large.as_ref(), &[stranger, version]), (small.as_ref(), &[tested])).unwrap();
    let [Leak { trained, tested, .. }] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(*trained, format!("etudes/{}", large.items()[version].id));
    assert_eq!(*tested, format!("etudes/{}", small.items()[0].id));
}

#[test]
fn etudes_of_another_seed_are_no_leak() {
    let (one, other) = (etudes("etudes:30,seed=1"), etudes("etudes:30,seed=2"));
    let all: Vec<usize> = (0..30).collect();
    assert_eq!(leaks((one.as_ref(), &all), (other.as_ref(), &all)).unwrap(), []);
    assert_eq!(leaks((one.as_ref(), &all), (one.as_ref(), &all)).unwrap().len(), 30);
}
