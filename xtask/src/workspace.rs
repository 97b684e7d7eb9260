//! Where things are: the project's root, cargo's target folder, the cache of tools.
//! Asked from cargo once, so that a `CARGO_TARGET_DIR` of the person's own is honoured everywhere.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::failure::{Failure, Outcome};
use crate::process;

/// The project's folders and packages.
pub struct Workspace {
    /// The folder with the root `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// Names of the direct dependencies of each of our packages, build and dev ones included.
    pub dependencies: BTreeMap<String, Vec<String>>,
}

impl Workspace {
    /// Asks cargo about the workspace this program belongs to.
    ///
    /// # Errors
    /// When cargo cannot read the workspace.
    pub fn find() -> Outcome<Self> {
        let here =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let manifest = here.join("Cargo.toml");
        let text = process::read(
            Command::new(cargo())
                .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
                .arg(&manifest),
        )?;
        let metadata: Value = serde_json::from_str(&text)
            .map_err(|error| Failure::Unknown(format!("cargo metadata wrote no JSON: {error}")))?;
        let path = |name: &str| {
            metadata
                .get(name)
                .and_then(Value::as_str)
                .map(PathBuf::from)
                .ok_or_else(|| Failure::Unknown(format!("cargo metadata names no {name}")))
        };
        Ok(Self {
            root: path("workspace_root")?,
            target: path("target_directory")?,
            dependencies: dependencies(&metadata),
        })
    }

    /// The folder of the built site.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The built sandbox.
    pub fn sandbox(&self) -> PathBuf {
        self.target.join("release").join(format!("sandbox{}", env::consts::EXE_SUFFIX))
    }

    /// Where tools of this project are kept between clones.
    pub fn tools(&self) -> PathBuf {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        set("PETREL_TOOLS")
            .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("petrel").join("tools")))
            .or_else(|| set("HOME").map(|home| home.join(".cache").join("petrel").join("tools")))
            .unwrap_or_else(|| self.target.join("tools"))
    }

    /// A cargo command line starting with `words`, run in the root.
    pub fn cargo<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(cargo());
        command.args(words).current_dir(&self.root);
        command
    }

    /// The version of a package in `Cargo.lock`, if it is there.
    pub fn locked_version(&self, package: &str) -> Option<String> {
        let lock = fs::read_to_string(self.root.join("Cargo.lock")).ok()?;
        let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
        after.split_once('"').map(|(version, _)| version.to_owned())
    }

    /// `path` as seen from the root, with forward slashes, for messages.
    pub fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }
}

fn cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

fn dependencies(metadata: &Value) -> BTreeMap<String, Vec<String>> {
    let name = |value: &Value| value.get("name").and_then(Value::as_str).map(str::to_owned);
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    list(metadata, "packages")
        .iter()
        .filter_map(|package| Some((name(package)?, list(package, "dependencies").iter().filter_map(name).collect())))
        .collect()
}
