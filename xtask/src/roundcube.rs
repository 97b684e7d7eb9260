//! Installs what the Roundcube peer of the benchmarks is made of: Roundcube, Dovecot, php-fpm and nginx, from Debian's packages.
//! The benchmark starts them itself, so the installation starts no service and leaves none to start with the machine.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::files;
use crate::process;
use crate::tools;

/// These come first: Roundcube's own dependencies would otherwise bring Apache, where php-fpm serves as well.
const SERVERS: [&str; 4] = ["php-fpm", "nginx", "libnginx-mod-http-brotli-static", "dovecot-imapd"];
const ROUNDCUBE: [&str; 2] = ["roundcube-core", "roundcube-sqlite3"];
const WHAT: &str = "Roundcube, the peer of the benchmarks,";
const HOW: &str = "as root on Debian run `apt-get install --no-install-recommends php-fpm nginx \
                   libnginx-mod-http-brotli-static dovecot-imapd roundcube-core roundcube-sqlite3`";

/// Debian's installation asks this program whether it may start a service; 101 means no.
const POLICY: &str = "/usr/sbin/policy-rc.d";
const ASIDE: &str = "/usr/sbin/policy-rc.d.petrel-aside";

/// Makes sure that all packages are there.
///
/// # Errors
/// When one is missing and we may not install it, or the installation fails.
pub fn ensure() -> Outcome {
    if SERVERS.iter().chain(&ROUNDCUBE).all(|package| installed(package)) {
        return Ok(());
    }
    if !process::read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
        || !process::works(Command::new("apt-get").arg("--version"))
    {
        return Err(Failure::Missing { what: WHAT.to_owned(), how: HOW.to_owned() });
    }
    let enabled_before = enabled_units();
    let policy = Policy::deny_all_starts()?;
    let result = install();
    policy.put_back()?;
    // What the packages enabled would start with the machine.
    for unit in enabled_units().difference(&enabled_before) {
        process::run(Command::new("systemctl").args(["disable", "--quiet", unit]))?;
    }
    result
}

fn install() -> Outcome {
    tools::apt_install(&SERVERS, WHAT, HOW)?;
    // The benchmark makes a database of its own for each run; the package shall set up none.
    process::run(
        Command::new("sh")
            .args(["-c", "echo 'roundcube-core roundcube/dbconfig-install boolean false' | debconf-set-selections"]),
    )?;
    tools::apt_install(&ROUNDCUBE, WHAT, HOW)
}

fn installed(package: &str) -> bool {
    process::read(Command::new("sh").args([
        "-c",
        "dpkg-query -W -f='${db:Status-Status}' \"$0\" 2>/dev/null || true",
        package,
    ]))
    .is_ok_and(|status| status == "installed")
}

/// The units that start with the machine; none where systemd does not run it.
fn enabled_units() -> BTreeSet<String> {
    if !Path::new("/run/systemd/system").is_dir() {
        return BTreeSet::new();
    }
    let words = ["list-unit-files", "--state=enabled", "--no-legend", "--no-pager"];
    let list = process::read(Command::new("systemctl").args(words)).unwrap_or_default();
    list.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// Our own policy in place of the machine's, until it is put back.
struct Policy {
    aside: Option<PathBuf>,
}

impl Policy {
    fn deny_all_starts() -> Outcome<Self> {
        let (policy, aside) = (Path::new(POLICY), PathBuf::from(ASIDE));
        // One that is aside already is left from a run that was cut short, and is the machine's own.
        if policy.exists() && !aside.exists() {
            fs::rename(policy, &aside).map_err(Failure::file(policy))?;
        }
        let guard = Self { aside: aside.exists().then_some(aside) };
        let written = files::write(policy, "#!/bin/sh\nexit 101\n")
            .and_then(|()| process::run(Command::new("chmod").args(["755", POLICY])));
        match written {
            Ok(()) => Ok(guard),
            Err(failure) => guard.put_back().and(Err(failure)),
        }
    }

    fn put_back(self) -> Outcome {
        let policy = Path::new(POLICY);
        match self.aside {
            Some(aside) => fs::rename(&aside, policy).map_err(Failure::file(policy)),
            None => fs::remove_file(policy).map_err(Failure::file(policy)),
        }
    }
}
