//! Finding, or where we may installing, the browsers: Chromium with its driver, Firefox, and WebKit with a screen to run on.
//! The end-to-end tests drive Chromium itself, the browser tests go through chromedriver of the same version or need no driver.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::process;
use crate::tools;

const HOW: &str = "install Chromium (Debian: `apt-get install chromium`) or set CHROMIUM to a browser's path";
const HOW_DRIVER: &str = "install chromedriver of the browser's version (Debian: `apt-get install chromium-driver`) or set CHROMEDRIVER to its path";

const HOW_OTHERS: &str = "install Firefox, WebKitGTK with its MiniBrowser, and Xvfb (Debian: `apt-get install firefox-esr libwebkit2gtk-4.1-0 xvfb`) or set FIREFOX, MINIBROWSER and XVFB to their paths";

/// WebKit's own small browser, and the screen in memory that it runs on.
pub struct WebKit {
    /// The browser.
    pub browser: PathBuf,
    /// The X server.
    pub screen: PathBuf,
}

/// The browser the tests use.
///
/// # Errors
/// When there is none and we may not install one.
pub fn chromium() -> Outcome<PathBuf> {
    if let Some(found) = find("CHROMIUM", &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])? {
        return Ok(found);
    }
    tools::apt_install(&["chromium"], "a browser", HOW)?;
    on_path("chromium").ok_or_else(|| Failure::Missing { what: "a browser".to_owned(), how: HOW.to_owned() })
}

/// Installs what is missing of Firefox and WebKit in one go.
///
/// # Errors
/// When something is missing and we may not install it.
pub fn install_others() -> Outcome {
    let wanted = [
        ("firefox-esr", find_firefox()?),
        ("libwebkit2gtk-4.1-0", find_minibrowser()?),
        ("xvfb", find("XVFB", &["Xvfb"])?),
    ];
    let missing: Vec<&str> = wanted.iter().filter(|(_, found)| found.is_none()).map(|(package, _)| *package).collect();
    if missing.is_empty() { Ok(()) } else { tools::apt_install(&missing, &missing.join(", "), HOW_OTHERS) }
}

/// Firefox, once [`install_others`] was called.
///
/// # Errors
/// When there is none.
pub fn firefox() -> Outcome<PathBuf> {
    find_firefox()?.ok_or_else(|| Failure::Missing { what: "Firefox".to_owned(), how: HOW_OTHERS.to_owned() })
}

/// WebKit and its screen, once [`install_others`] was called.
///
/// # Errors
/// When one of them is not there.
pub fn webkit() -> Outcome<WebKit> {
    let missing = |what: &str| Failure::Missing { what: what.to_owned(), how: HOW_OTHERS.to_owned() };
    let browser = find_minibrowser()?.ok_or_else(|| missing("WebKitGTK's MiniBrowser"))?;
    let screen = find("XVFB", &["Xvfb"])?.ok_or_else(|| missing("Xvfb"))?;
    Ok(WebKit { browser, screen })
}

fn find_firefox() -> Outcome<Option<PathBuf>> {
    find("FIREFOX", &["firefox-esr", "firefox"])
}

/// MiniBrowser lies beside the library, outside the search path: on Debian in a folder named by the architecture.
fn find_minibrowser() -> Outcome<Option<PathBuf>> {
    if let Some(found) = find("MINIBROWSER", &["MiniBrowser"])? {
        return Ok(Some(found));
    }
    let folders = ["/usr/lib", "/usr/libexec"].into_iter().map(PathBuf::from);
    let below = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    Ok(folders.chain(below).map(|folder| folder.join("webkit2gtk-4.1/MiniBrowser")).find(|program| program.is_file()))
}

/// The driver of [`chromium`], of the same major version.
///
/// # Errors
/// When there is none and we may not install one, or its version is another than the browser's.
pub fn chromedriver(browser: &Path) -> Outcome<PathBuf> {
    let missing = || Failure::Missing { what: "chromedriver".to_owned(), how: HOW_DRIVER.to_owned() };
    let mut found = find("CHROMEDRIVER", &["chromedriver"])?;
    if found.is_none() {
        // Debian builds both from one source: the driver's package must be that of the installed browser.
        let package = process::read(Command::new("dpkg-query").args(["-W", "-f=${Version}", "chromium"]))
            .map_or_else(|_| "chromium-driver".to_owned(), |version| format!("chromium-driver={}", version.trim()));
        tools::apt_install(&[&package], "chromedriver", HOW_DRIVER)?;
        found = on_path("chromedriver");
    }
    let driver = found.ok_or_else(missing)?;
    let versions = (major(browser)?, major(&driver)?);
    if versions.0 == versions.1 {
        return Ok(driver);
    }
    Err(Failure::Missing {
        what: format!("chromedriver {} (this one is {}, the browser {})", versions.0, versions.1, versions.0),
        how: HOW_DRIVER.to_owned(),
    })
}

fn find(variable: &str, names: &[&str]) -> Outcome<Option<PathBuf>> {
    match env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from) {
        Some(path) if path.is_file() => Ok(Some(path)),
        Some(path) => Err(Failure::Missing {
            what: format!("{variable}={}", path.display()),
            how: "the variable must name a program".to_owned(),
        }),
        None => Ok(names.iter().find_map(|name| on_path(name))),
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(format!("{name}{}", env::consts::EXE_SUFFIX)))
        .find(|program| program.is_file())
}

/// The first number of a program's version, such as 156 in “Chromium 156.0.8078.79 built on Debian”.
fn major(program: &Path) -> Outcome<u32> {
    let text = process::read(Command::new(program).arg("--version"))?;
    first_number(&text).ok_or_else(|| Failure::Unknown(format!("{} tells no version: {text}", program.display())))
}

fn first_number(text: &str) -> Option<u32> {
    text.split(|letter: char| !letter.is_ascii_digit()).find(|part| !part.is_empty())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::first_number;

    #[test]
    fn the_major_version_is_the_first_number() {
        assert_eq!(first_number("Chromium 156.0.8078.79 built on Debian"), Some(156));
        assert_eq!(first_number("ChromeDriver 9.1 (abc)"), Some(9));
        assert_eq!(first_number("no version"), None);
    }
}
