//! Compiles the lines over libtorch, gives every binary a run path to it, and tells the commit.

use std::path::{Path, PathBuf};
use std::process::Command;

/// All that the program is made of.
const SOURCES: [&str; 6] = ["Cargo.lock", "Cargo.toml", "build.rs", "methods", "src", "suites"];

fn main() {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
    }
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    println!("cargo::rustc-env=BENCH_COMMIT={}", commit().unwrap_or("unknown".into()));
    let libtorch = PathBuf::from(std::env::var_os("LIBTORCH").unwrap_or(".libtorch".into()));
    if !libtorch.join("include/torch").exists() {
        println!("cargo::error=no libtorch in {}: run scripts/libtorch.sh", libtorch.display());
        return;
    }
    compile(&libtorch);
    set_run_path(&libtorch.join("lib"));
}

/// Compiles the C++ side, unless it has been compiled: this script runs whenever a source changes.
fn compile(libtorch: &Path) {
    let (source, out) = ("src/native/native.cpp", std::env::var("OUT_DIR").unwrap_or_default());
    let made_of =
        format!("{}\n{}", libtorch.display(), std::fs::read_to_string(source).unwrap_or_default());
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
        .file(source)
        .compile("bench_native");
    // Without a stamp it is only compiled again.
    let _ = std::fs::write(stamp, made_of);
}

fn macos() -> bool {
    std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "macos")
}

/// Points every binary at the linked libtorch, then at a `.libtorch` beside it or its target folder.
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
    let changes = git(&[&["status", "--porcelain", "--"], SOURCES.as_slice()].concat())?;
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    Some(if changes.is_empty() { commit } else { commit + "+" })
}
