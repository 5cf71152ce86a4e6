//! Manifests: what is read, and that every problem is told with its line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bench::data::export::export;
use bench::data::manifest::Problem;
use bench::data::split::{Leak, leaks};
use bench::data::{Corpus, CorpusSpec, Kind, Manifest, Split, SplitSpec, Target, classes};
use tempfile::TempDir;

/// A folder with a manifest and some etudes as `a.wav`, `b.wav` and `c.wav`.
fn folder(manifest: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    let spec: CorpusSpec = "etudes:3,seconds=1".parse().unwrap();
    let etudes = spec.open("etudes", &BTreeMap::new(), &|_| None).unwrap();
    export(etudes.as_ref(), &made, 2, &mut |_| ()).unwrap();
    for (item, name) in etudes.items().iter().zip(["a", "b", "c"]) {
        let from = made.join(format!("audio/{}.wav", item.id));
        std::fs::rename(from, folder.path().join(format!("{name}.wav"))).unwrap();
    }
    let path = folder.path().join("manifest.csv");
    std::fs::write(&path, manifest).unwrap();
    (folder, path)
}

fn kinds(targets: &[(&str, Kind)]) -> BTreeMap<String, Kind> {
    targets.iter().map(|(name, kind)| ((*name).to_string(), *kind)).collect()
}

fn lines(problems: &[Problem]) -> Vec<usize> {
    problems.iter().map(|problem| problem.line).collect()
}

#[test]
fn byte_order_mark_windows_line_ends_and_quoted_cells_are_read() {
    let text = "\u{feff}id,path,group,work,key,tags,mood\r\n\
        \"b, 2\",b.wav,x,w,c#:min,\"flute|harp\",0.5\r\n\r\na,a.wav,,,,,\r\n";
    let (_folder, path) = folder(text);
    let kinds = kinds(&[("tags", Kind::Tags), ("mood", Kind::Number), ("work", Kind::Class)]);
    let manifest = Manifest::read("mine", &path, &kinds).unwrap();
    let [a, b] = manifest.items() else { panic!("{:?}", manifest.items()) };
    assert_eq!((a.id.as_str(), a.group.as_str(), &a.work), ("a", "a", &None));
    // No label, but for tags: an item may have none of them.
    assert_eq!(a.targets, BTreeMap::from([("tags".to_string(), Target::Tags(Vec::new()))]));
    assert_eq!((b.id.as_str(), b.group.as_str(), b.work.as_deref()), ("b, 2", "x", Some("w")));
    assert_eq!((b.class("key"), b.class("work")), (Some("Db minor"), Some("w")));
    assert_eq!(b.targets["tags"], Target::Tags(vec!["flute".into(), "harp".into()]));
    assert_eq!(b.number("mood"), Some(0.5));
}

#[test]
fn excerpts_of_one_file_stay_together_however_it_is_written_and_whole_files_are_listed_once() {
    let (_folder, path) = folder("id,path,start,stop\na,a.wav,0,1\nb,./a.wav,1,2\n");
    let manifest = Manifest::read("mine", &path, &kinds(&[])).unwrap();
    let groups: Vec<&str> = manifest.items().iter().map(|item| item.group.as_str()).collect();
    assert_eq!(groups, ["a.wav", "a.wav"]);
    let (_folder, path) = folder("id,path\na,a.wav\nb,./a.wav\n");
    let refused = Manifest::read("mine", &path, &kinds(&[])).unwrap_err().to_string();
    assert!(refused.contains("the same file as line 2; give both rows one group"), "{refused}");
    let (_folder, path) = folder("id,path,group\na,a.wav,x\nb,a.wav,x\n");
    assert_eq!(Manifest::read("mine", &path, &kinds(&[])).unwrap().items().len(), 2);
}

#[test]
fn every_problem_is_told_with_its_line() {
    let text = "id,path,start,stop,key,mood\n\
        one,a.wav,,,C major,1\n\
        one,b.wav,,,C major,1\n\
        \n\
        three,gone.wav,,,C major,1\n\
        four,a.wav,2,1,C major,1\n\
        five,a.wav,,,H major,much\n\
        six,a.wav\n\
        ,,x,-1,,\n";
    let (folder, path) = folder(text);
    let asked = kinds(&[("moood", Kind::Number), ("mood", Kind::Number)]);
    let error = Manifest::read("mine", &path, &asked).unwrap_err().to_string();
    let gone = folder.path().join("gone.wav");
    let expected = [
        format!("{}: 11 problems", path.display()),
        "line 1: unknown target \"moood\"; did you mean \"mood\"? known: key, mood".into(),
        "line 3: duplicate id \"one\", first on line 2".into(),
        format!("line 5: missing file {}: No such file or directory (os error 2)", gone.display()),
        "line 6: stop must be greater than start (both in seconds)".into(),
        "line 7: key: \"H major\" is not a key; \
            write a tonic and a mode, such as \"C# minor\" or \"Eb major\""
            .into(),
        "line 7: mood: \"much\" is not a number".into(),
        "line 8: 2 cells where the header has 6".into(),
        "line 9: the id is empty".into(),
        "line 9: the path is empty".into(),
        "line 9: start: \"x\" is not a number".into(),
        "line 9: stop is negative".into(),
    ];
    assert_eq!(error, expected.join("\n  "));
}

#[test]
fn lines_are_right_with_windows_line_ends() {
    let (_folder, path) = folder("id,path\r\n\r\na,gone\r\nb,b.wav\r\nc,gone\r\n");
    let (_, problems) = Manifest::inspect("mine", &path, &BTreeMap::new()).unwrap();
    assert_eq!(lines(&problems), [3, 5]);
}

#[test]
fn an_empty_manifest_is_an_error() {
    for text in ["id,path,key\n", "id,path,key"] {
        let (_folder, path) = folder(text);
        let error = Manifest::read("mine", &path, &BTreeMap::new()).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("{}:1: the manifest is empty: no row follows the header", path.display())
        );
    }
}

#[test]
fn a_header_without_its_columns_is_quoted() {
    for (text, header) in [("", ""), ("id;path;key\n1;a.wav;C\n", "id;path;key")] {
        let (_folder, path) = folder(text);
        let error = Manifest::read("mine", &path, &BTreeMap::new()).unwrap_err().to_string();
        assert!(
            error.contains(&format!("no column \"path\"; the header is {header:?}")),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_text_is_refused() {
    let (folder, _) = folder("");
    let error = Manifest::read("mine", &folder.path().join("a.wav"), &BTreeMap::new()).unwrap_err();
    assert!(error.to_string().contains("not a text file"), "{error}");
}

#[test]
fn unreadable_sound_is_listed_by_line_when_it_is_checked() {
    let (folder, path) = folder("id,path,start\nz,text.wav,\na,a.wav,\nb,b.wav,7\n");
    std::fs::write(folder.path().join("text.wav"), "this is no sound").unwrap();
    let manifest = Manifest::read("mine", &path, &BTreeMap::new()).unwrap();
    let mut done = Vec::new();
    let problems = manifest.check_sound(2, &mut |count| done.push(count));
    assert_eq!(lines(&problems), [2, 4]);
    assert!(
        problems[1].message.ends_with("the excerpt begins behind the end at 1.00 s"),
        "{}",
        problems[1]
    );
    assert_eq!(done, [1, 2, 3]);
}

#[test]
fn a_file_is_decoded_once_however_many_excerpts_it_holds() {
    let rows: String = (0..9).map(|n| format!("{n},./a.wav,0.{n},1.{n}\n")).collect();
    let (_folder, path) = folder(&format!("id,path,start,stop\nx,b.wav,5,6\n{rows}z,a.wav,2,\n"));
    let manifest = Manifest::read("mine", &path, &BTreeMap::new()).unwrap();
    let mut done = Vec::new();
    let problems = manifest.check_sound(2, &mut |files| done.push(files));
    assert_eq!((lines(&problems), done, manifest.files()), (vec![2, 12], vec![1, 2], 2));
}

#[test]
fn start_and_stop_cut_an_excerpt_and_excerpts_of_a_file_are_one_group() {
    let (_folder, path) =
        folder("id,path,start,stop\na,a.wav,,\nb,a.wav,0.25,0.5\nc,b.wav,0.5,9\n");
    let manifest = Manifest::read("mine", &path, &BTreeMap::new()).unwrap();
    let whole = manifest.load(0).unwrap();
    assert_eq!(manifest.load(1).unwrap().samples, whole.samples[4000..8000]);
    assert_eq!(manifest.load(2).unwrap().samples.len(), 8000);
    let groups: Vec<&str> = manifest.items().iter().map(|item| item.group.as_str()).collect();
    assert_eq!(groups, ["a.wav", "a.wav", "b.wav"]);
}

#[test]
fn the_identity_follows_what_is_heard_and_not_the_labels() {
    let (folder, path) = folder("id,path,key\na,a.wav,C\n");
    let identity = || Manifest::read("mine", &path, &BTreeMap::new()).unwrap().identity().unwrap();
    let first = identity();
    std::fs::write(&path, "id,path,key\na,a.wav,D\n").unwrap();
    assert_eq!(identity(), first);
    std::fs::copy(folder.path().join("b.wav"), folder.path().join("a.wav")).unwrap();
    assert_ne!(identity(), first);
}

#[test]
fn a_copy_of_a_tested_sound_under_another_name_is_a_leak() {
    let (_one, tested) = folder("id,path\nx,a.wav\n");
    let (other, trained) = folder("id,path\ny,copy.wav\nz,c.wav\n");
    std::fs::rename(other.path().join("a.wav"), other.path().join("copy.wav")).unwrap();
    let [tested, trained] = [("tested", &tested), ("trained", &trained)]
        .map(|(name, path)| Manifest::read(name, path, &kinds(&[])).unwrap());
    let found = leaks((&trained, &[0, 1]), (&tested, &[0])).unwrap();
    let [Leak { item: 0, shared, .. }] = found.as_slice() else { panic!("{found:?}") };
    assert!(shared.starts_with("the sound of SHA-256"), "{shared}");
}

#[test]
fn an_exported_corpus_is_read_back_with_its_labels_and_sound() {
    let folder = tempfile::tempdir().unwrap();
    let spec: CorpusSpec = "etudes:4,seconds=2,seed=5".parse().unwrap();
    let etudes = spec.open("etudes", &BTreeMap::new(), &|_| None).unwrap();
    export(etudes.as_ref(), folder.path(), 2, &mut |_| ()).unwrap();
    let all = [("style", Kind::Class), ("tags", Kind::Tags)];
    let numbers = ["tempo", "arousal", "valence"].map(|name| (name, Kind::Number));
    let kinds = kinds(&[&all[..], &numbers].concat());
    let path = folder.path().join("manifest.csv");
    let manifest = Manifest::read("mine", &path, &kinds).unwrap();
    assert_eq!(manifest.items(), etudes.items());
    let (written, rendered) = (manifest.load(2).unwrap(), etudes.load(2).unwrap());
    let error = written.samples.iter().zip(&rendered.samples).map(|(a, b)| (a - b).abs());
    assert!(error.fold(0.0, f32::max) <= 1.0 / 32_000.0);
    let again = export(etudes.as_ref(), folder.path(), 1, &mut |_| ()).unwrap_err();
    assert!(again.to_string().contains("is there already"), "{again}");
}

#[test]
fn a_variable_leads_to_the_manifest_and_a_missing_one_says_where_it_was_expected() {
    let (folder, path) = folder("id,path\na,a.wav\n");
    let spec: CorpusSpec = "${MUSIC}/manifest.csv".parse().unwrap();
    let music = folder.path().display().to_string();
    assert!(spec.open("mine", &BTreeMap::new(), &|_| Some(music.clone())).is_ok());
    std::fs::remove_file(&path).unwrap();
    let error = spec.open("mine", &BTreeMap::new(), &|_| Some(music.clone())).err().unwrap();
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
}

fn music(name: &str, kinds: &BTreeMap<String, Kind>) -> Option<Manifest> {
    let music = std::env::var("MUSIC").unwrap_or_else(|_| "../shared/music".to_string());
    let path = Path::new(&music).join(name).join("manifest.csv");
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
        return None;
    }
    Some(Manifest::read(name, &path, kinds).unwrap())
}

#[test]
fn the_tunes_have_24_keys_and_split_by_work() {
    let Some(tunes) = music("tunes", &kinds(&[("instruments", Kind::Tags)])) else { return };
    assert_eq!((tunes.items().len(), classes(tunes.items(), "key").len()), (331, 24));
    let split = Split::new(tunes.items(), &SplitSpec::default(), Some("key")).unwrap();
    assert_eq!(split.train.len() + split.valid.len() + split.test.len(), 331);
}

#[test]
fn emotify_has_four_genres_and_splits_by_artist() {
    let kinds = kinds(&[("genre", Kind::Class), ("sadness", Kind::Number)]);
    let Some(emotify) = music("emotify", &kinds) else { return };
    assert_eq!((emotify.items().len(), classes(emotify.items(), "genre").len()), (80, 4));
    let split = Split::new(emotify.items(), &SplitSpec::default(), Some("genre")).unwrap();
    assert_eq!(split.lacking(emotify.items(), "genre"), [""; 0]);
}
