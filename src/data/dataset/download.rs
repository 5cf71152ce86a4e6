//! Files of data sets that anyone may download, by `curl` as a child process.

use std::fmt;
use std::io::{ErrorKind, IsTerminal};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sha1::{Digest, Sha1};

use super::List;
use crate::error::{Error, Result};
use crate::files;
use crate::settings::hex;

/// What downloads.
const CURL: &str = "curl";

/// What a server answers that has nothing behind the byte a download would go on from.
const NOTHING_FURTHER: &str = "416";

/// How curl ends where a server cannot go on in the middle of a file.
const CANNOT_RESUME: i32 = 33;

/// A file that can be downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Download {
    /// Its name at that address, and on this machine.
    pub file: &'static str,
    /// The address of the folder it is in.
    pub folder: &'static str,
    /// What is published of its bytes.
    pub checksum: Option<Checksum>,
    /// Whether it is downloaded only when it is named.
    pub named: bool,
}

/// A published hash, in lowercase hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-1.
    Sha1(&'static str),
    /// SHA-256.
    Sha256(&'static str),
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// It was there already, with the published checksum if there is one.
    There,
    /// It has been downloaded, and is what was published if that is known.
    Downloaded,
}

impl fmt::Display for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.file, self.folder)?;
        match self.checksum {
            Some(checksum) => write!(f, ", {checksum}"),
            None => write!(f, ", no checksum is published"),
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Checksum::Sha1(hash) => write!(f, "SHA-1 {hash}"),
            Checksum::Sha256(hash) => write!(f, "SHA-256 {hash}"),
        }
    }
}

impl Checksum {
    /// What the file has in the place of the published hash; `None` where they agree.
    fn deviation(self, path: &Path) -> Result<Option<String>> {
        let (found, published) = match self {
            Checksum::Sha1(published) => (sha1(path)?, published),
            Checksum::Sha256(published) => (files::sha256(path)?, published),
        };
        Ok((found != published).then_some(found))
    }
}

fn sha1(path: &Path) -> Result<String> {
    let mut file = std::fs::File::open(path).map_err(Error::io("read", path))?;
    let mut hash = Sha1::new();
    std::io::copy(&mut file, &mut hash).map_err(Error::io("read", path))?;
    Ok(hex(&hash.finalize()))
}

impl List {
    /// The list as a file that can be downloaded, if it can.
    pub fn download(&self) -> Option<Download> {
        let checksum = Some(Checksum::Sha256(self.sha256));
        self.folder.map(|folder| Download { file: self.file, folder, checksum, named: false })
    }
}

impl Download {
    /// A file of which no checksum is published.
    pub const fn plain(folder: &'static str, file: &'static str) -> Download {
        Download { file, folder, checksum: None, named: false }
    }

    /// Puts the file into `folder`, going on where an earlier attempt stopped; `mirror` is another
    /// folder to take it from.
    ///
    /// Until it is whole and found right it is called `FILE.part`.
    ///
    /// # Errors
    /// When `curl` is not installed or cannot get it, or its checksum is not the published one.
    pub fn fetch(&self, folder: &Path, mirror: Option<&str>, quiet: bool) -> Result<FileState> {
        let path = folder.join(self.file);
        if path.exists() {
            return self.check(&path).map(|()| FileState::There);
        }
        std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        let address =
            format!("{}/{}", mirror.unwrap_or(self.folder).trim_end_matches('/'), self.file);
        let part = folder.join(format!("{}.part", self.file));
        self.complete(&address, &part, quiet)?;
        if let Err(wrong) = self.check(&part) {
            remove(&part)?;
            let message = format!("{}; it came from {address} and has been removed", wrong.told());
            return Err(Error::Failed(message));
        }
        std::fs::rename(&part, &path).map_err(Error::io("rename", &part))?;
        Ok(FileState::Downloaded)
    }

    /// Downloads what `part` lacks, or all of it where an earlier attempt left something else or
    /// the server knows no middle.
    fn complete(&self, address: &str, part: &Path, quiet: bool) -> Result<()> {
        let resumed = part.exists();
        if resumed && self.checksum.is_some() && self.check(part).is_ok() {
            return Ok(());
        }
        let whole = get(address, part, quiet)?;
        if whole && (!resumed || self.check(part).is_ok()) {
            return Ok(());
        }
        if resumed {
            remove(part)?;
            if get(address, part, quiet)? {
                return Ok(());
            }
        }
        Err(Error::Failed(format!("{address} cannot be downloaded")))
    }

    fn check(&self, path: &Path) -> Result<()> {
        let Some(checksum) = self.checksum else { return Ok(()) };
        match checksum.deviation(path)? {
            None => Ok(()),
            Some(found) => {
                let message = format!("its hash is {found} where {checksum} is published");
                Err(Error::data(path.display(), message))
            }
        }
    }
}

fn remove(path: &Path) -> Result<()> {
    std::fs::remove_file(path).map_err(Error::io("remove", path))
}

/// Downloads what is behind the end of `part`; `false` where the server cannot begin there.
fn get(address: &str, part: &Path, quiet: bool) -> Result<bool> {
    let shown = !quiet && std::io::stderr().is_terminal();
    let mut curl = Command::new(CURL);
    curl.args(["--fail", "--location", "--globoff", "--proto", "=http,https", "--retry", "3"]);
    match shown {
        true => curl.arg("--progress-bar"),
        false => curl.args(["--silent", "--show-error"]).stderr(Stdio::piped()),
    };
    curl.args(["--continue-at", "-", "--write-out", "%{http_code}", "--output"]).arg(part);
    let child = curl.arg("--").arg(address).stdout(Stdio::piped()).spawn();
    let ended = child.and_then(Child::wait_with_output).map_err(|e| not_started(address, &e))?;
    let further = String::from_utf8_lossy(&ended.stdout).trim() != NOTHING_FURTHER;
    match ended.status.code() {
        Some(0) => Ok(true),
        Some(CANNOT_RESUME) => Ok(false),
        _ if !further => Ok(false),
        _ => {
            let said = String::from_utf8_lossy(&ended.stderr).trim().to_string();
            let why = if said.is_empty() { ended.status.to_string() } else { said };
            Err(Error::Failed(format!("{address} cannot be downloaded: {why}")))
        }
    }
}

fn not_started(address: &str, error: &std::io::Error) -> Error {
    Error::Failed(match error.kind() {
        ErrorKind::NotFound => format!(
            "{CURL}, which downloads for this program, is not installed: install it, or download \
             {address} by hand"
        ),
        _ => format!("{CURL} cannot be started: {error}"),
    })
}
