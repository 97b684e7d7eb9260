//! The tests of the browser bindings, in Chromium through its driver and in Firefox and WebKit on a page of their own.
//! One build of the test programs serves all three; only who runs them changes.

use std::path::PathBuf;
use std::process::Command;

use crate::browser::{self, WebKit};
use crate::failure::Outcome;
use crate::files;
use crate::npm;
use crate::process::{self, step};
use crate::tools::{self, Tool};
use crate::workspace::Workspace;

/// Runs them in all three browsers.
///
/// # Errors
/// When a browser is missing and cannot be installed, or a test fails.
pub fn run(workspace: &Workspace) -> Outcome {
    tools::ensure_wasm_target(workspace)?;
    let runner = Tool::wasm_bindgen(workspace).ensure(workspace)?.join("wasm-bindgen-test-runner");
    in_chromium(workspace, &runner)?;
    npm::ensure_node()?;
    let script = workspace.root.join("tests/browsers/verdict.test.mjs");
    step("the judge of the pages", || process::run(Command::new("node").arg("--test").arg(script)))?;
    browser::install_others()?;
    let firefox = browser::firefox()?;
    step("wasm-bindgen tests in Firefox", || {
        process::run(on_a_page(workspace, &runner, "firefox").env("FIREFOX", firefox))
    })?;
    let WebKit { browser, screen } = browser::webkit()?;
    step("wasm-bindgen tests in WebKit", || {
        process::run(on_a_page(workspace, &runner, "webkit").env("MINIBROWSER", browser).env("XVFB", screen))
    })
}

fn tests(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo(["test", "--package", "mail-browser", "--target", "wasm32-unknown-unknown"]);
    command.arg("--tests");
    command
}

/// The tests with a runner that shows them to a browser by name.
fn on_a_page(workspace: &Workspace, runner: &PathBuf, name: &str) -> Command {
    let script = workspace.root.join("tests/browsers/run.mjs");
    // A list in JSON is one in TOML too, and paths may hold blanks.
    let words = serde_json::json!(["node", script, name]);
    let mut command = tests(workspace);
    command.arg("--config").arg(format!("target.wasm32-unknown-unknown.runner={words}"));
    command.env("PETREL_TEST_RUNNER", runner);
    command
}

fn in_chromium(workspace: &Workspace, runner: &PathBuf) -> Outcome {
    let chromium = browser::chromium()?;
    let driver = browser::chromedriver(&chromium)?;
    let capabilities = workspace.target.join("petrel-webdriver.json");
    let wishes = serde_json::json!({ "goog:chromeOptions": {
        "binary": chromium,
        "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    }});
    files::write(&capabilities, wishes.to_string())?;
    step("wasm-bindgen tests in Chromium", || {
        let mut command = tests(workspace);
        command
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
            .env("CHROMEDRIVER", &driver)
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &capabilities)
            .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
        process::run(&mut command)
    })
}
