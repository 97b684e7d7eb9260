//! The Rust tools behind the build, installed once per version into a cache outside the clone.
//! Exact versions, because wasm-bindgen's must equal the library's and the others decide how files come out.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::process::{self, step};
use crate::workspace::Workspace;

/// A program that `cargo install` can build.
pub struct Tool {
    package: &'static str,
    /// The name of its folder in the cache and of its program.
    program: &'static str,
    version: String,
    locked: bool,
}

impl Tool {
    /// Trunk, which builds the two wasm programs and the page around them.
    pub fn trunk() -> Self {
        Self { package: "trunk", program: "trunk", version: "0.21.14".to_owned(), locked: true }
    }

    /// wasm-bindgen's command line, in exactly the version of the library in `Cargo.lock`.
    /// Not locked: its published lock file does not build with the pinned toolchain.
    pub fn wasm_bindgen(workspace: &Workspace) -> Self {
        let version = workspace.locked_version("wasm-bindgen").unwrap_or_else(|| "0.2.130".to_owned());
        Self { package: "wasm-bindgen-cli", program: "wasm-bindgen", version, locked: false }
    }

    /// cargo-deny, which audits licences, sources and duplicates of dependencies.
    pub fn deny() -> Self {
        Self { package: "cargo-deny", program: "cargo-deny", version: "0.20.2".to_owned(), locked: true }
    }

    /// Installs the tool when the cache lacks it, and names the folder of its programs.
    ///
    /// # Errors
    /// When `cargo install` fails.
    pub fn ensure(&self, workspace: &Workspace) -> Outcome<PathBuf> {
        let home = workspace.tools().join(format!("{}-{}", self.program, self.version));
        let folder = home.join("bin");
        let program = folder.join(format!("{}{}", self.program, env::consts::EXE_SUFFIX));
        if program.is_file() {
            return Ok(folder);
        }
        step(&format!("install {} {} (once, some minutes)", self.package, self.version), || {
            let mut install = workspace.cargo(["install", "--force", "--root"]);
            install.arg(&home).arg("--target-dir").arg(workspace.target.join("tools-build"));
            install.args(["--version", &self.version, self.package]);
            if self.locked {
                install.arg("--locked");
            }
            // These programs run for seconds; building them quickly matters more than their own speed.
            for (name, value) in [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("OPT_LEVEL", "1"), ("DEBUG", "0")] {
                install.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
            }
            process::run(&mut install)
        })?;
        Ok(folder)
    }
}

/// Makes sure that the compiler can build for the browser.
///
/// # Errors
/// When the target is missing and rustup is not there to add it.
pub fn ensure_wasm_target(workspace: &Workspace) -> Outcome {
    const TARGET: &str = "wasm32-unknown-unknown";
    let sysroot = process::read(Command::new("rustc").args(["--print", "sysroot"]).current_dir(&workspace.root))?;
    if PathBuf::from(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    rustup(workspace, &["target", "add", TARGET], "the wasm32-unknown-unknown target")
}

/// Makes sure that the formatter and the linter are there.
///
/// # Errors
/// When one is missing and rustup is not there to add it.
pub fn ensure_lint_tools(workspace: &Workspace) -> Outcome {
    if process::works(&mut workspace.cargo(["fmt", "--version"]))
        && process::works(&mut workspace.cargo(["clippy", "--version"]))
    {
        return Ok(());
    }
    rustup(workspace, &["component", "add", "rustfmt", "clippy"], "rustfmt or clippy")
}

fn rustup(workspace: &Workspace, words: &[&str], what: &str) -> Outcome {
    let line = format!("rustup {}", words.join(" "));
    if !process::works(Command::new("rustup").arg("--version")) {
        return Err(Failure::Missing { what: what.to_owned(), how: format!("install rustup, then run `{line}`") });
    }
    step(&line, || process::run(Command::new("rustup").args(words).current_dir(&workspace.root)))
}

/// The search path with `folders` in front.
///
/// # Errors
/// When a folder's name cannot be part of a search path.
pub fn path_with(folders: &[PathBuf]) -> Outcome<OsString> {
    let old = env::var_os("PATH").unwrap_or_default();
    env::join_paths(folders.iter().cloned().chain(env::split_paths(&old)))
        .map_err(|error| Failure::Unknown(format!("a tool's folder cannot be in PATH: {error}")))
}

/// Installs Debian packages where we may: as root, with apt.
///
/// # Errors
/// [`Failure::Missing`] naming the command to run where we may not.
pub fn apt_install(packages: &[&str], what: &str, otherwise: &str) -> Outcome {
    let root = process::read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !root || !process::works(Command::new("apt-get").arg("--version")) {
        return Err(Failure::Missing { what: what.to_owned(), how: otherwise.to_owned() });
    }
    step(&format!("apt-get install {}", packages.join(" ")), || {
        process::run(Command::new("apt-get").args(["update", "-qq"]))?;
        process::run(
            Command::new("apt-get")
                .args(["install", "-y", "-qq", "--no-install-recommends"])
                .args(packages)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    })
}
