//! Compiles the lines over libtorch, gives every binary a run path to it, and tells the commit.

use std::path::{Path, PathBuf};
use std::process::Command;

/// All that the program is made of.
const SOURCES: [&str; 9] = [
    ".gitignore",
    "Cargo.lock",
    "Cargo.toml",
    "build.rs",
    "methods",
    "results/README.md",
    "src",
    "suites",
    "tests/plugin",
];

/// Where the version of libtorch is pinned that tch wants.
const PIN: &str = "scripts/libtorch.sh";

/// Where the C++ side lies.
const NATIVE: &str = "src/native";

fn main() {
    for source in SOURCES.into_iter().chain([PIN]) {
        println!("cargo::rerun-if-changed={source}");
    }
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    println!("cargo::rustc-env=BENCH_COMMIT={}", commit().unwrap_or("unknown".into()));
    let libtorch = PathBuf::from(std::env::var_os("LIBTORCH").unwrap_or(".libtorch".into()));
    if !libtorch.join("include/torch").exists() {
        println!("cargo::error=no libtorch in {}: run {PIN}", libtorch.display());
        return;
    }
    let identity = identity(&libtorch);
    let (found, pin) = (version(&identity).unwrap_or("unknown"), read(PIN));
    let pinned = pin.lines().find_map(|line| line.strip_prefix("version=")?.split(' ').next());
    if let Some(wanted) = pinned.filter(|wanted| *wanted != found) {
        let place = libtorch.display();
        println!("cargo::error=libtorch in {place} is {found}; {wanted} is needed: run {PIN}");
        return;
    }
    println!("cargo::rustc-env=BENCH_LIBTORCH={found}");
    compile(&libtorch, &identity);
    set_run_path(&libtorch.join("lib"));
}

/// The text of a file, empty if there is none.
fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// What a libtorch says of itself.
fn identity(libtorch: &Path) -> String {
    let files = ["build-version", "version.py", "stamp"].map(|name| libtorch.join(name));
    let there = files.iter().filter(|file| file.exists());
    there.clone().for_each(|file| println!("cargo::rerun-if-changed={}", file.display()));
    there.map(read).collect()
}

/// The version in what a libtorch says: `2.11.0+cpu`, alone or as `__version__` of the Python
/// package.
fn version(identity: &str) -> Option<&str> {
    let mut lines = identity.lines().map(|line| line.trim_start_matches("__version__ = '"));
    lines.find(|line| line.starts_with(|c: char| c.is_ascii_digit()))?.split(['+', '\'']).next()
}

/// Compiles the C++ side, unless it has been compiled: this script runs whenever a source changes.
fn compile(libtorch: &Path, identity: &str) {
    let (sources, out) = (below(NATIVE), std::env::var("OUT_DIR").unwrap_or_default());
    let place = libtorch.display().to_string();
    let texts = sources.iter().map(read).collect::<String>();
    let made_of = [&place, identity, include_str!("build.rs"), &texts].join("\n");
    let stamp = Path::new(&out).join("made_of");
    if std::fs::read_to_string(&stamp).is_ok_and(|before| before == made_of) {
        println!("cargo::rustc-link-search=native={out}");
        println!("cargo::rustc-link-lib=static=bench_native");
        println!("cargo::rustc-link-lib={}", if macos() { "c++" } else { "stdc++" });
        return;
    }
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .flag("-isystem")
        .flag(libtorch.join("include"))
        .define("_GLIBCXX_USE_CXX11_ABI", "1")
        // So that sums of products round as libtorch's operators do.
        .flag("-ffp-contract=off")
        // As libtorch was built: some classes have other fields without it.
        .define("NDEBUG", None)
        .files(sources.iter().filter(|source| is(source, "cpp")))
        .compile("bench_native");
    // Without a stamp it is only compiled again.
    let _ = std::fs::write(stamp, made_of);
}

/// The C++ sources and headers below a folder, in the order of their names.
fn below(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let all = paths.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] });
    let mut sources: Vec<PathBuf> = all.filter(|path| is(path, "cpp") || is(path, "h")).collect();
    sources.sort();
    sources
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn macos() -> bool {
    std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "macos")
}

/// Points every binary at the linked libtorch, then at a `.libtorch` beside it or its target
/// folder.
fn set_run_path(libraries: &Path) {
    if !macos() {
        // A run path that LD_LIBRARY_PATH may override.
        println!("cargo::rustc-link-arg=-Wl,--enable-new-dtags");
    }
    let origin = if macos() { "@loader_path" } else { "$ORIGIN" };
    println!("cargo::rustc-link-arg=-Wl,-rpath,{}", libraries.display());
    for up in ["", "/../..", "/../../.."] {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{origin}{up}/.libtorch/lib");
    }
}

/// The commit the sources are of, with `+` where they have been changed since; none without git.
fn commit() -> Option<String> {
    let git = |args: &[&str]| {
        let output = Command::new("git").arg("--no-optional-locks").args(args).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
    };
    // Sources that merely lie inside another repository are none of its commits.
    git(&["ls-files", "--error-unmatch", "build.rs"])?;
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|log| Path::new(log).exists());
    log.iter().for_each(|log| println!("cargo::rerun-if-changed={log}"));
    let changes = git(&[&["status", "--porcelain", "--"], SOURCES.as_slice()].concat())?;
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    Some(if changes.is_empty() { commit } else { commit + "+" })
}
