//! Downloads, from a server on this machine: resumed, compared with checksums, and clear when they
//! fail.

use std::env::var_os;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::mpsc::{Receiver, Sender, channel};

use bench::data::dataset::download::FileState;
use bench::data::dataset::{Checksum, Download};

use crate::command::{bench, fails, folder};

/// What every file of the server holds.
const CONTENT: &[u8] = b"abc";

/// The example of FIPS 180-4 for SHA-256 and for SHA-1.
const SHA256: Checksum =
    Checksum::Sha256("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
const SHA1: Checksum = Checksum::Sha1("a9993e364706816aba3e25717850c26c9cd0d89d");

/// A server of one file that tells the ranges it is asked for; gives its address.
fn server(knows_ranges: bool) -> (String, Receiver<Option<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (asked, ranges) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), knows_ranges, &asked);
        }
    });
    (address, ranges)
}

/// Answers one request, and tells the byte it begins at, if it says.
fn answer(mut stream: TcpStream, knows_ranges: bool, asked: &Sender<Option<usize>>) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let lines: Vec<String> =
        lines.map(|line| line.unwrap()).take_while(|line| !line.is_empty()).collect();
    let range = lines.iter().find_map(|line| {
        line.to_lowercase().strip_prefix("range: bytes=")?.split('-').next()?.parse().ok()
    });
    let whole = CONTENT.len();
    let (status, body) = match range.filter(|_| knows_ranges) {
        _ if lines[0].contains("/gone/") => ("404 Not Found".to_string(), &b""[..]),
        Some(from) if from >= whole => {
            (format!("416 Range Not Satisfiable\r\nContent-Range: bytes */{whole}"), &b""[..])
        }
        Some(from) => {
            let range = format!("Content-Range: bytes {from}-{}/{whole}", whole - 1);
            (format!("206 Partial Content\r\n{range}"), &CONTENT[from..])
        }
        None => ("200 OK".to_string(), CONTENT),
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    // Nobody may care for it any more.
    let _ = asked.send(range);
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
}

/// How a download went, the ranges it asked for, and what is there then.
type Fetched = (Result<FileState, String>, Vec<Option<usize>>, Option<Vec<u8>>);

/// A download into a folder with `part` of it there.
fn downloaded(checksum: Option<Checksum>, part: Option<&[u8]>, knows_ranges: bool) -> Fetched {
    let folder = folder(&[]);
    if let Some(part) = part {
        fs::write(folder.path().join("list.part"), part).unwrap();
    }
    let (address, ranges) = server(knows_ranges);
    let download = Download { checksum, ..Download::plain("http://nowhere.invalid/", "list") };
    let outcome = download.fetch(folder.path(), Some(&address), true);
    assert!(!folder.path().join("list.part").exists());
    let there = fs::read(folder.path().join("list")).ok();
    (outcome.map_err(|e| e.told()), ranges.try_iter().collect(), there)
}

/// Why nothing can be downloaded, if so.
fn no_curl() -> Option<&'static str> {
    let curl = Command::new("curl").arg("--version").output();
    curl.is_err().then_some("skipped: curl is not installed")
}

/// Why this process can download nothing from this machine's own server, if so.
fn hindered() -> Option<&'static str> {
    let proxy = ["http_proxy", "all_proxy", "ALL_PROXY"].iter().any(|name| var_os(name).is_some());
    let stands = proxy.then_some("skipped: a proxy stands before this machine's own servers");
    no_curl().or(stands)
}

#[test]
fn a_download_goes_on_where_it_stopped() {
    if let Some(why) = hindered() {
        return println!("{why}");
    }
    for checksum in [None, Some(SHA1), Some(SHA256)] {
        let whole = (Ok(FileState::Downloaded), vec![None], Some(CONTENT.to_vec()));
        assert_eq!(downloaded(checksum, None, true), whole);
        let rest = (Ok(FileState::Downloaded), vec![Some(1)], Some(CONTENT.to_vec()));
        assert_eq!(downloaded(checksum, Some(b"a"), true), rest);
        // Without a checksum there is no telling that nothing is lacking.
        let asked = if checksum.is_some() { vec![] } else { vec![Some(3), None] };
        let all = (Ok(FileState::Downloaded), asked, Some(CONTENT.to_vec()));
        assert_eq!(downloaded(checksum, Some(CONTENT), true), all);
    }
}

#[test]
fn what_cannot_be_gone_on_with_begins_anew() {
    if let Some(why) = hindered() {
        return println!("{why}");
    }
    let anew = (Ok(FileState::Downloaded), vec![Some(1), None], Some(CONTENT.to_vec()));
    assert_eq!(downloaded(Some(SHA256), Some(b"x"), true), anew);
    assert_eq!(downloaded(Some(SHA256), Some(b"a"), false), anew);
    assert_eq!(downloaded(None, Some(b"a"), false), anew);
}

#[test]
fn other_bytes_than_the_published_ones_are_refused() {
    if let Some(why) = hindered() {
        return println!("{why}");
    }
    let published = Checksum::Sha256("00");
    let (outcome, ranges, there) = downloaded(Some(published), None, true);
    let told = outcome.unwrap_err();
    assert!(told.contains("ba7816bf") && told.contains("where SHA-256 00 is published"), "{told}");
    assert_eq!((ranges, there), (vec![None], None));
}

fn fetch(folder: &Path, line: &[&str]) -> Output {
    let mut command = bench(folder, &[&["data", "fetch"][..], line].concat());
    for proxy in ["http_proxy", "all_proxy", "ALL_PROXY"] {
        command.env_remove(proxy);
    }
    command.output().unwrap()
}

#[test]
fn the_command_tells_what_became_of_every_file_and_what_is_left_to_do() {
    if let Some(why) = no_curl() {
        return println!("{why}");
    }
    let (address, _ranges) = server(true);
    let folder = folder(&[]);
    let line = ["magnatagatune", "mtt", "--mirror", &address];
    let words = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();
    let first = fetch(folder.path(), &[&line[..], &["--files", "clip_info_final.csv"]].concat());
    let told = words(&first);
    assert!(first.status.success(), "{told}");
    let downloaded = "mtt/clip_info_final.csv: downloaded; no checksum is published, its SHA-256 is \
                      ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(told.contains(downloaded), "{told}");
    assert!(told.contains("by hand: join and unpack: cat mp3.zip.00? > mp3.zip"), "{told}");
    let second = words(&fetch(folder.path(), &line));
    assert!(second.contains("mtt/clip_info_final.csv: there already\n"), "{second}");
    assert!(second.contains("mtt/mp3.zip.003: downloaded"), "{second}");
    let misspelt = fetch(folder.path(), &["fma", "fma", "--files", "fma_smal.zip"]);
    fails(&misspelt, 2, &["did you mean \"fma_small.zip\""]);
}

#[test]
fn a_list_that_is_not_the_published_one_is_not_kept() {
    if let Some(why) = no_curl() {
        return println!("{why}");
    }
    let (address, _ranges) = server(true);
    let folder = folder(&[]);
    let output = fetch(folder.path(), &["gtzan", "g", "--lists", "lists", "--mirror", &address]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("lists/train_filtered.txt: failed: ") && told.contains("2b04966c"),
        "{told}"
    );
    assert!(told.contains("by hand: find a mirror of genres.tar.gz"), "{told}");
    assert_eq!(fs::read_dir(folder.path().join("lists")).unwrap().count(), 0);
}

#[test]
fn a_server_that_lacks_the_file_and_a_machine_without_curl_are_named() {
    if let Some(why) = no_curl() {
        return println!("{why}");
    }
    let (address, _ranges) = server(true);
    let folder = folder(&[]);
    let gone = format!("{address}/gone");
    let output = fetch(folder.path(), &["covers80", "c", "--mirror", &gone]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains(&format!("{gone}/covers80.tgz cannot be downloaded")), "{told}");
    assert!(told.contains("404"), "{told}");
    let mut command = bench(folder.path(), &["data", "fetch", "covers80", "c"]);
    let output = command.env("PATH", "").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains("curl, which downloads for this program, is not installed"), "{told}");
}
