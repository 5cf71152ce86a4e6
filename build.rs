//! Compiles the lines over libtorch and gives every binary a run path to it.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=src/native/native.cpp");
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    let libtorch = PathBuf::from(std::env::var_os("LIBTORCH").unwrap_or(".libtorch".into()));
    if !libtorch.join("include/torch").exists() {
        println!("cargo::error=no libtorch in {}: run scripts/libtorch.sh", libtorch.display());
        return;
    }
    compile(&libtorch);
    set_run_path(&libtorch.join("lib"));
}

fn compile(libtorch: &Path) {
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .flag("-isystem")
        .flag(libtorch.join("include"))
        .define("_GLIBCXX_USE_CXX11_ABI", "1")
        // As libtorch was built: some classes have other fields without it.
        .define("NDEBUG", None)
        .file("src/native/native.cpp")
        .compile("bench_native");
}

/// Points every binary at the linked libtorch, then at a `.libtorch` beside it or its target folder.
fn set_run_path(libraries: &Path) {
    let macos = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "macos");
    if !macos {
        // A run path that LD_LIBRARY_PATH may override.
        println!("cargo::rustc-link-arg=-Wl,--enable-new-dtags");
    }
    let origin = if macos { "@loader_path" } else { "$ORIGIN" };
    println!("cargo::rustc-link-arg=-Wl,-rpath,{}", libraries.display());
    for up in ["", "/../..", "/../../.."] {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{origin}{up}/.libtorch/lib");
    }
}
