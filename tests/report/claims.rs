//! What a suite expects, what it quotes, and scores computed again.

use std::fs;
use std::path::Path;

use bench::eval::claim::{Claim, Expected};
use bench::eval::suite::Task;
use bench::report::{Facts, Quoted, Record, Report, TaskFacts, rescore};
use bench::settings;

use crate::command::{self, SUITE, fails};
use crate::toy::{change, facts, folder, task};

/// The files made of the toy folder whose facts these are, by name.
fn made(facts: &Facts) -> impl Fn(&str) -> String + use<> {
    let folder = folder();
    facts.write(folder.path()).unwrap();
    let files = Report::read(folder.path()).unwrap().files().unwrap();
    move |name| {
        let (_, bytes) = files.iter().find(|(file, _)| file == name).unwrap();
        String::from_utf8(bytes.clone()).unwrap()
    }
}

fn expecting(claims: &[&str]) -> Facts {
    let claim = |text: &&str| Claim::try_from(text.to_string()).unwrap();
    let expected = |text: &&str| Expected { claim: claim(text), source: "a paper, Table 2".into() };
    Facts { expected: claims.iter().map(expected).collect(), ..facts() }
}

#[test]
fn a_claim_comes_out_as_the_whole_interval_says() {
    let claims = [
        ("good > base on key accuracy", "reproduced", ""),
        ("good < base on key accuracy", "not_reproduced", ""),
        ("base > good on key weighted_key_score", "not_reproduced", ""),
        ("base > fixed on key weighted_key_score", "undecided", ""),
        ("good = 1 ± 0.01 on key accuracy", "reproduced", ""),
        ("base = 0.9 ± 0.1 on key accuracy", "not_reproduced", ""),
        ("base = 0.25 ± 0.001 on key accuracy", "undecided", ""),
        ("good > short on key accuracy", "undecided", "short is barely trained: no verdict"),
        ("good > lost on key accuracy", "undecided", "no finished run of lost"),
    ];
    let table = made(&expecting(&claims.map(|(claim, ..)| claim)))("claims.csv");
    let lines: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(lines.len(), claims.len());
    for (line, (claim, outcome, reason)) in lines.into_iter().zip(claims) {
        assert!(line.starts_with(&format!("{claim},\"a paper, Table 2\",key,")), "{line}");
        assert!(line.ends_with(&format!(",{outcome},{reason}")), "{line}");
    }
}

#[test]
fn claims_stand_in_every_report_and_change_no_other_table() {
    let (plain, claiming) = (made(&facts()), made(&expecting(&["good > base on key accuracy"])));
    for name in ["table.csv", "wide.csv", "comparisons.csv", "table.tex"] {
        assert_eq!(plain(name), claiming(name), "{name}");
    }
    let report = claiming("report.md");
    assert!(report.contains("## Expected\n\n| claim"), "{report}");
    assert!(report.contains("1 reproduced, 0 not reproduced, 0 undecided of 1 expected."));
    let page = claiming("report.html");
    assert!(page.contains("<a href=\"#expected\">Expected</a>"), "{page}");
    let row = "good &gt; base on key accuracy</th><td>a paper, Table 2</td><td>reproduced</td>";
    assert!(page.contains(row), "{page}");
    assert!(page.contains("<a href=\"claims.csv\">"), "{page}");
}

/// What a task with these targets and metrics quotes.
fn quoted(targets: &str, metrics: &str, quotation: &str) -> Vec<Quoted> {
    let text = format!(
        "{{name: a, corpus: b, targets: [{targets}], kind: number, metrics: [{metrics}], published: [{quotation}], \
         split: {{train: 0.5, valid: 0.2, test: 0.3, seed: 1}}}}"
    );
    let task: Task = settings::parse(&text, "task").unwrap();
    Quoted::all(&task).map_err(|misquoted| misquoted.message).unwrap()
}

/// The toy task beside the key scores of Myna's Table 1.
fn quoting() -> Facts {
    let quotation = "{source: Myna, table: Table 1, task: key, methods: [MULE, Myna-Vertical]}";
    let published = quoted("key", "weighted_key_score, accuracy", quotation);
    Facts { tasks: vec![TaskFacts { published, ..task() }], ..facts() }
}

/// Myna's Table 1 has 70.8 and 55.2 for the arousal and valence of Myna-Hybrid.
#[test]
fn a_published_figure_of_several_targets_is_the_mean_of_what_is_printed_for_each() {
    let quotation = "{source: Myna, table: Table 1, task: emotion, methods: [Myna-Hybrid]}";
    let rows = quoted("arousal, valence", "r2", quotation);
    assert_eq!(rows.len(), 1);
    let figure = rows[0].figure("r2").unwrap();
    assert_eq!((figure.value.as_str(), figure.printed.as_str()), ("0.6300", "70.8; 55.2"));
    assert_eq!((rows[0].n, rows[0].source.as_str()), (Some(125), "Myna"));
}

/// Of the table: MULE 64.9, Myna-Vertical 68.6, both on the 604 songs of GiantSteps.
#[test]
fn published_rows_stand_marked_below_ours_and_are_compared_with_nothing() {
    let (plain, quoting) = (made(&facts()), made(&quoting()));
    for name in ["table.csv", "comparisons.csv"] {
        assert_eq!(plain(name), quoting(name), "{name}");
    }
    let wide = quoting("wide.csv");
    let mule = format!(
        "\"† MULE, SF-NFNet-F0\",0.649{},\"published: Myna, Table 1; JukeMIR 216-grid probe\"",
        ",".repeat(16)
    );
    assert!(wide.lines().any(|line| line == mule), "{wide}");
    let columns = wide.lines().next().unwrap().matches(',').count();
    assert!(wide.starts_with(plain("wide.csv").lines().next().unwrap()) && columns == 18, "{wide}");
    let report = quoting("report.md");
    let row = report.lines().find(|line| line.contains("† Myna-Vertical")).unwrap();
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    let name = "† Myna-Vertical, ViT-S 128x2 (published 1)";
    assert_eq!(cells, ["", name, "0.686", "", "", "604", "", "", "", ""]);
    for said in
        ["- † published elsewhere: ", "JukeMIR 216-grid probe; here linear.", "; here etudes,"]
    {
        assert!(report.contains(said), "{said:?} is not in {report}");
    }
    let latex = quoting("table.tex");
    assert!(latex.contains("\n$^\\dagger$ MULE, SF-NFNet-F0 (published 1) & 0.649 & "), "{latex}");
    let page = quoting("report.html");
    assert!(
        page.contains("(published 1)</th><td class=\"number\" data-value=\"0.686\">0.686</td>")
    );
    assert!(
        quoting("published.csv").contains("key,weighted_key_score,MULE,SF-NFNet-F0,0.649,604,")
    );
}

#[test]
fn what_a_suite_expects_or_quotes_wrongly_is_told_with_its_line_before_anything_is_done() {
    let refused = |text: &str, words: &str| {
        let folder = command::folder(&[("tiny.yaml", text)]);
        let output = command::bench(folder.path(), &["check", "tiny.yaml"]).output().unwrap();
        fails(&output, 2, &[words]);
    };
    let line = SUITE.lines().count() + 2;
    let claim = |claim: &str, words: &str| {
        let text = format!("{}\nexpected:\n  - {{claim: {claim}}}\n", SUITE.trim_end());
        refused(&text, &format!("tiny.yaml:{line}: {words}"));
    };
    claim("clmr > majorty on key accuracy", "unknown row \"majorty\"; did you mean \"majority\"?");
    claim("clmr > majority on kay accuracy", "unknown task \"kay\"; did you mean \"key\"?");
    let metric =
        "unknown metric of key \"weighted_key_scor\"; did you mean \"weighted_key_score\"?";
    claim("clmr = 0.1 ± 0.1 on key weighted_key_scor", metric);
    let itself = "clmr > clmr on key weighted_key_score";
    claim(itself, &format!("{itself:?} holds a row against itself"));
    let quoted = "max_steps: 20}\n    published: [{source: Mina, table: Table 1}]\n";
    let text = SUITE.replace("max_steps: 20}\n", quoted);
    refused(&text, "tiny.yaml:20: unknown published source \"Mina\"; did you mean \"Myna\"?");
}

/// Every line of the toy's scores by a metric as an earlier program may have written them.
fn as_of_before(folder: &Path) -> String {
    let path = folder.join("scores.csv");
    let text = fs::read_to_string(&path).unwrap();
    let (before, after) = ("toy,1,key,weighted_key_score,", "toy,1.1.7,key,weighted_key_score,");
    fs::write(&path, text.replace(before, after)).unwrap();
    text
}

#[test]
fn scores_by_another_version_of_a_metric_are_refused_until_they_are_computed_again() {
    let folder = folder();
    let text = as_of_before(folder.path());
    change(&folder.path().join("scores.csv"), "good,1,1.0,", "good,1,0.5,");
    let place = folder.path().display();
    assert_eq!(
        Report::read(folder.path()).unwrap_err().to_string(),
        format!(
            "{place}/scores.csv:2: a score by weighted_key_score v7, which this program has as v1; `bench rescore \
             {place}` computes all scores again from the predictions"
        )
    );
    let told = rescore(folder.path()).unwrap();
    let told: Vec<_> =
        told.iter().map(|t| (t.metric.as_str(), t.before, t.scores, t.changed)).collect();
    assert_eq!(told, [("weighted_key_score", 7, 10, 1), ("accuracy", 1, 10, 0)]);
    assert_eq!(fs::read_to_string(folder.path().join("scores.csv")).unwrap(), text);
    let report = Report::read(folder.path()).unwrap();
    let warning = "key: scored again by weighted_key_score v1; what was chosen on valid was chosen by \
                   weighted_key_score v7";
    assert_eq!(report.facts.warnings.last().unwrap(), warning);
    assert!(rescore(folder.path()).unwrap().iter().all(|t| t.before == t.after && t.changed == 0));
    assert_eq!(Facts::read(folder.path()).unwrap(), report.facts);
}

#[test]
fn scores_of_another_version_of_a_task_are_refused() {
    let folder = folder();
    Facts { tasks: vec![TaskFacts { version: 2, ..task() }], ..facts() }
        .write(folder.path())
        .unwrap();
    for refused in [Report::read(folder.path()).err(), rescore(folder.path()).err()] {
        let told = refused.unwrap().to_string();
        assert!(told.ends_with("scores.csv:2: a score of key v1 among those of key v2"), "{told}");
    }
}

#[test]
fn what_cannot_be_computed_again_leaves_the_scores_as_they_are() {
    let folder = folder();
    as_of_before(folder.path());
    let scores = || Record::read_all(folder.path()).unwrap();
    let before = scores();
    change(&folder.path().join("predictions/good/2/key.csv"), "item7,", "item6,");
    let told = rescore(folder.path()).unwrap_err().to_string();
    assert!(told.ends_with("key.csv:9: item \"item6\" is on line 8 too"), "{told}");
    assert_eq!(scores(), before);
}
