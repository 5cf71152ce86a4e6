//! A results folder is read, compared and written again; what is wrong with one is said with file
//! and line.

use std::fs;
use std::path::{Path, PathBuf};

use bench::eval::metric::{Labels, Predictions, Truth};
use bench::files::{self, Replacement};
use bench::report::{
    Cost, Facts, Line, Record, Report, TaskFacts, TestItems, is_made, prediction_path,
    read_predictions, write_predictions,
};
use bench::stats::Verdict;

use crate::toy::{ITEMS, change, folder, task};

fn refusal(folder: &Path) -> String {
    Report::read(folder).unwrap_err().to_string().replace(&folder.display().to_string(), "DIR")
}

#[test]
fn rows_are_judged_and_what_cannot_be_is_said() {
    let folder = folder();
    let report = Report::read(folder.path()).unwrap();
    let line = |method: &str| report.lines.iter().find(|line| line.method == method).unwrap();
    assert_eq!(line("good").verdict(), Some(Verdict::Better));
    assert_eq!((line("base").verdict(), line("base").against.as_deref()), (None, None));
    assert_eq!(line("short").reason, "short is barely trained: no verdict");
    assert!(
        line("short")
            .comparison
            .as_ref()
            .is_some_and(|c| c.p.is_none() && c.difference.low.is_some())
    );
    assert_eq!(
        (line("lost").mean.is_none(), line("lost").reason.as_str()),
        (true, "no finished run")
    );
    let good = line("good").mean.as_ref().unwrap();
    assert_eq!((good.point, good.seeds, good.n), (1.0, Some(3), ITEMS));
    let question = report.lines.iter().find(|line| line.question).unwrap();
    assert_eq!(
        (question.against.as_deref(), question.verdict()),
        (Some("fixed"), Some(Verdict::Better))
    );
}

/// The report on the folder after the run of `method` with seed 3 has failed.
fn report_without(method: &str) -> Report {
    let folder = folder();
    let fail = |mut record: Record| {
        if record.method == method && record.seed == Some(3) {
            (record.value, record.status) = (None, "out of memory".into());
        }
        record
    };
    let records = Record::read_all(folder.path()).unwrap();
    let records: Vec<Record> = records.into_iter().map(|(_, record)| fail(record)).collect();
    Record::write_all(folder.path(), &records).unwrap();
    Report::read(folder.path()).unwrap()
}

#[test]
fn a_row_that_lost_a_run_keeps_its_estimates_and_has_no_verdict() {
    let report = report_without("good");
    let lines: Vec<&Line> = report.lines.iter().filter(|line| line.method == "good").collect();
    assert_eq!(lines.len(), 3, "two metrics and a question");
    for line in lines {
        assert_eq!(line.mean.as_ref().unwrap().seeds, Some(2));
        let comparison = line.comparison.as_ref().unwrap();
        assert!(comparison.p.is_none() && comparison.difference.low.is_some());
        assert_eq!(
            (line.verdict(), line.reason.as_str()),
            (None, "good lacks 1 of 3 scores: no verdict")
        );
    }
    let text = report.text();
    assert!(text.contains("* good, seed 3: out of memory"), "{text}");
    assert!(text.contains("* good enters no verdict where it lacks scores"), "{text}");
    assert!(text.contains("Holm over 2 comparisons"), "{text}");
    assert!(report.markdown().contains("good against base on key has no verdict"));
}

#[test]
fn against_a_baseline_that_lost_a_run_there_is_no_verdict() {
    let report = report_without("base");
    assert!(report.lines.iter().all(|line| line.question == line.verdict().is_some()));
    assert!(report.sentence().starts_with("No row could be compared with base"));
}

#[test]
fn the_table_and_the_sentence_are_readable() {
    let folder = folder();
    let report = Report::read(folder.path()).unwrap();
    let text = report.text();
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    for part in [
        "1.000 ± 0.000 ▲",
        "Holm over 5 comparisons",
        "▲",
        "625",
        "40,000",
        "1.6e12",
        "* short is barely trained (20 steps)",
        "finite at step 7",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let sentence = report.sentence();
    assert!(
        sentence.starts_with("good is better than base on key (weighted key score +0.7"),
        "{sentence}"
    );
    assert!(sentence.ends_with("; 1 better, 0 worse, 1 undecided of 2."), "{sentence}");
    assert!(
        report.markdown().contains("- learning: good is better than fixed on key"),
        "{}",
        report.markdown()
    );
}

/// What is made of the results of [`folder`].
const MADE: [&str; 8] = [
    "table.csv",
    "report.md",
    "wide.csv",
    "table.tex",
    "report.html",
    "figures/key.scores.svg",
    "figures/key.differences.svg",
    "figures/key.cost.svg",
];

#[test]
fn the_same_files_give_the_same_bytes_and_no_times() {
    let folder = folder();
    let mut out = Vec::new();
    bench::cli::finished::report::run(folder.path(), &mut out).unwrap();
    let names = MADE.map(|name| folder.path().join(name));
    let made = names.each_ref().map(|name| fs::read_to_string(name).unwrap());
    bench::cli::finished::report::run(folder.path(), &mut Vec::new()).unwrap();
    let again = names.each_ref().map(|name| fs::read_to_string(name).unwrap());
    assert_eq!(made, again);
    assert!(
        made.iter().all(|text| !text.contains("98765")),
        "a time is in a file that must repeat"
    );
    assert!(String::from_utf8(out).unwrap().ends_with("undecided of 2.\n"));
    let empty = made[0].lines().find(|line| line.contains(",lost,")).unwrap();
    assert!(empty.contains("lost,,,,,,,,base,,,"), "{empty}");
}

#[test]
fn the_committed_tables_are_what_their_files_give() {
    let folders = fs::read_dir("results").unwrap().map(|entry| entry.unwrap().path());
    let mut suites: Vec<PathBuf> = folders.filter(|f| f.join("suite.yaml").is_file()).collect();
    suites.retain(|folder| folder.extension().is_none());
    assert!(suites.len() >= 2, "{suites:?}");
    for folder in suites {
        for (name, bytes) in Report::read(&folder).unwrap().files().unwrap() {
            assert!(fs::read(folder.join(&name)).unwrap() == bytes, "{}/{name}", folder.display());
        }
    }
}

#[test]
fn every_link_of_the_report_leads_to_a_file_beside_it() {
    let folder = folder();
    let text = Report::read(folder.path()).unwrap().markdown();
    let links: Vec<&str> =
        text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
    assert_eq!(links, ["costs.csv"]);
    assert!(folder.path().join(links[0]).is_file());
}

#[test]
fn records_costs_and_facts_come_back_as_they_were_written() {
    let folder = folder();
    let path = folder.path();
    let before =
        ["scores.csv", "costs.csv", "suite.yaml"].map(|name| fs::read(path.join(name)).unwrap());
    let records: Vec<Record> =
        Record::read_all(path).unwrap().into_iter().map(|(_, r)| r).collect();
    Record::write_all(path, &records).unwrap();
    Cost::write_all(path, &Cost::read_all(path).unwrap()).unwrap();
    Facts::read(path).unwrap().write(path).unwrap();
    let after =
        ["scores.csv", "costs.csv", "suite.yaml"].map(|name| fs::read(path.join(name)).unwrap());
    assert_eq!(before, after);
    let header = String::from_utf8(before[0].clone()).unwrap().lines().next().unwrap().to_string();
    let columns = "suite,version,task,metric,higher_is_better,method,seed,value,n,protocol,split,fraction,device,\
                   precision,status,run";
    assert_eq!(header, columns);
    Record::write_all(path, &[]).unwrap();
    assert_eq!(fs::read_to_string(path.join("scores.csv")).unwrap(), format!("{columns}\n"));
}

#[test]
fn predictions_of_every_kind_come_back_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let items =
        TestItems { ids: vec!["a".into(), "b, c".into()], groups: vec![None, Some("w".into())] };
    let names = vec!["x".to_string(), "y, z".to_string()];
    let scores = vec![0.1, -2.5e-17, 1.0 / 3.0, 7.0];
    let truths = [
        (Labels::Classes, Truth::Classes(vec![1, 1])),
        (Labels::Tags, Truth::Tags(vec![true, false, false, true])),
        (Labels::Values, Truth::Values(vec![0.25, 1e300, -0.1, 3.0])),
    ];
    for (labels, truth) in truths {
        let predictions = Predictions::new(names.clone(), scores.clone(), truth).unwrap();
        let path = folder.path().join(format!("{labels:?}.csv"));
        write_predictions(&path, &items, &predictions).unwrap();
        let task = TaskFacts { labels, outputs: names.clone(), test: 2, ..task() };
        assert_eq!(
            read_predictions(&path, &task).unwrap(),
            (items.clone(), predictions),
            "{labels:?}"
        );
    }
}

#[test]
fn ranks_and_tags_that_are_none_are_refused_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |labels: Labels, lines: &str, message: &str| {
        let path = folder.path().join("key.csv");
        fs::write(&path, lines).unwrap();
        let task = TaskFacts { labels, outputs: vec!["x".into(), "y".into()], test: 1, ..task() };
        let told = read_predictions(&path, &task).unwrap_err().to_string();
        assert!(told.ends_with(message), "{told}");
    };
    let classes = "id,group,truth,prediction,rank\na,,x,y,";
    for rank in ["1.5", "0", "-2"] {
        let message = format!("key.csv:2: {rank:?} is not a rank");
        refused(Labels::Classes, &format!("{classes}{rank}\n"), &message);
    }
    let tags = "id,group,truth:x,score:x,truth:y,score:y\na,,1,7,";
    for tag in ["0.5", "7"] {
        let message = format!("key.csv:2: a tag's truth is {tag:?}, neither 0 nor 1");
        refused(Labels::Tags, &format!("{tags}{tag},0.5\n"), &message);
    }
}

#[test]
fn a_wrong_value_is_found_by_computing_it_again() {
    let folder = folder();
    change(&folder.path().join("scores.csv"), "good,1,1.0,", "good,1,0.5,");
    assert_eq!(
        refusal(folder.path()),
        "DIR/scores.csv:10: the value is 0.5, but the predictions give 1"
    );
}

#[test]
fn a_line_that_cannot_be_read_is_named() {
    let folder = folder();
    change(&folder.path().join("scores.csv"), "good,1,1.0,", "good,1,one,");
    let message = refusal(folder.path());
    assert!(message.starts_with("DIR/scores.csv:10: "), "{message}");
    assert!(message.contains("invalid float"), "{message}");
}

#[test]
fn an_unknown_row_is_named_with_the_nearest() {
    let folder = folder();
    change(&folder.path().join("scores.csv"), ",good,", ",god,");
    let message = refusal(folder.path());
    assert!(
        message.starts_with("DIR/scores.csv:10: unknown row \"god\"; did you mean \"good\"?"),
        "{message}"
    );
}

#[test]
fn missing_and_torn_files_are_named() {
    let folder = folder();
    let path = prediction_path(folder.path(), "base", Some(2), "key");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() - 12]).unwrap();
    let message = refusal(folder.path());
    assert!(message.starts_with("DIR/predictions/base/2/key.csv:81: "), "{message}");
    fs::write(&path, text.replacen("work3", "work4", 1)).unwrap();
    assert!(refusal(folder.path()).contains("are not those of the other runs"));
    fs::remove_file(&path).unwrap();
    assert_eq!(refusal(folder.path()), "cannot read DIR/predictions/base/2/key.csv");
    fs::remove_file(folder.path().join("suite.yaml")).unwrap();
    assert_eq!(refusal(folder.path()), "cannot read DIR/suite.yaml");
}

#[test]
fn a_failed_write_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    files::write_atomically(&path, b"old").unwrap();
    fs::create_dir(folder.path().join("taken")).unwrap();
    assert!(files::write_atomically(&folder.path().join("taken"), b"new").is_err());
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no half-made file stays behind");
}

#[test]
fn what_a_killed_run_left_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".table.csv.part"), "half of a").unwrap();
    files::write_atomically(&folder.path().join("table.csv"), b"whole").unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Names and texts of a folder's files.
fn texts(folder: &Path) -> Vec<(String, String)> {
    let path = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().path();
    let text = |path: PathBuf| {
        (path.file_name().unwrap().to_str().unwrap().into(), fs::read_to_string(&path).unwrap())
    };
    let mut texts: Vec<_> = fs::read_dir(folder).unwrap().map(path).map(text).collect();
    texts.sort();
    texts
}

#[test]
fn a_folder_is_replaced_only_by_a_finished_one() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("key");
    let fill = |replacement: &Replacement, text: &str| {
        fs::write(replacement.folder().join("table.csv"), text).unwrap();
    };
    let first = Replacement::begin(&target, is_made).unwrap();
    fill(&first, "first");
    assert!(!target.exists());
    first.finish().unwrap();
    fs::write(target.join("notes"), "mine").unwrap();
    let kept = || [("notes".into(), "mine".into()), ("table.csv".into(), "first".into())];
    let second = Replacement::begin(&target, is_made).unwrap();
    fill(&second, "half");
    let busy = Replacement::begin(&target, is_made).err().unwrap().to_string();
    assert!(busy.starts_with("another process is filling") && busy.ends_with("key.partial"));
    drop(second);
    assert_eq!(texts(&target), kept());
    let third = Replacement::begin(&target, is_made).unwrap();
    assert_eq!(texts(third.folder()), []);
    fill(&third, "third");
    third.finish().unwrap();
    let (mine, new) = (("notes".into(), "mine".into()), ("table.csv".into(), "third".into()));
    assert_eq!(texts(&target), [mine, new]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else stays behind");
}

#[test]
fn a_replacement_that_was_killed_between_two_names_is_put_right() {
    let folder = tempfile::tempdir().unwrap();
    let (target, old) = (folder.path().join("key"), folder.path().join(".key.old"));
    fs::create_dir(&old).unwrap();
    fs::write(old.join("table.csv"), "first").unwrap();
    drop(Replacement::begin(&target, is_made).unwrap());
    assert_eq!(texts(&target), [("table.csv".into(), "first".into())]);
    assert!(!old.exists());
}

#[test]
fn nothing_that_is_made_outlives_its_results_and_nothing_else_goes() {
    let folder = tempfile::tempdir().unwrap();
    let (target, mine) = (folder.path().join("key"), folder.path().join("key.old"));
    let stale = ["keys.csv", "keys-key.svg", "predictions/a.csv", "figures/a.svg", "report.md"];
    for path in stale.iter().chain(&["notes.md", "keys-of-the-house.md"]) {
        files::write_atomically(&target.join(path), b"before").unwrap();
    }
    files::write_atomically(&mine.join("thesis.tex"), b"mine").unwrap();
    let replacement = Replacement::begin(&target, is_made).unwrap();
    files::write_atomically(&replacement.folder().join("report.md"), b"after").unwrap();
    replacement.finish().unwrap();
    let kept = |name: &str, text: &str| (name.into(), text.into());
    assert_eq!(
        texts(&target),
        [
            kept("keys-of-the-house.md", "before"),
            kept("notes.md", "before"),
            kept("report.md", "after")
        ]
    );
    assert_eq!(texts(&mine), [kept("thesis.tex", "mine")]);
}

#[test]
fn a_report_takes_away_its_earlier_figures_and_no_others() {
    let folder = folder();
    let report = Report::read(folder.path()).unwrap();
    assert!(
        report.files().unwrap().iter().all(|(path, _)| is_made(path.split('/').next().unwrap()))
    );
    report.write(folder.path()).unwrap();
    let figures = folder.path().join("figures");
    fs::copy(figures.join("key.scores.svg"), figures.join("tempo.scores.svg")).unwrap();
    fs::write(figures.join("mine.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
    report.write(folder.path()).unwrap();
    let there = |name: &str| figures.join(name).exists();
    assert!(there("key.scores.svg") && there("mine.svg") && !there("tempo.scores.svg"));
}

#[test]
fn a_folder_that_cannot_be_written_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    files::check_writable(&folder.path().join("results/key")).unwrap();
    assert_eq!(fs::read_dir(folder.path().join("results/key")).unwrap().count(), 0);
    fs::write(folder.path().join("file"), "").unwrap();
    let error = files::check_writable(&folder.path().join("file/key")).unwrap_err().to_string();
    assert!(error.starts_with("cannot create "), "{error}");
}

/// NIST FIPS 180-2: the SHA-256 of "abc".
#[test]
fn the_hash_of_a_file_is_sha_256() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("abc");
    files::write_atomically(&path, b"abc").unwrap();
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(files::sha256(&path).unwrap(), expected);
}
