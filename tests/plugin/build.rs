//! Gives the binaries a run path to libtorch, as every crate with a binary that uses `bench` must.

use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    if let Some(libtorch) = std::env::var_os("LIBTORCH") {
        let libraries = PathBuf::from(libtorch).join("lib");
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", libraries.display());
    }
}
