//! The command line.
//! Read by hand: a handful of flags needs no crate.

use std::path::PathBuf;

/// What `--help` prints.
pub(crate) const USAGE: &str =
    "usage: sandbox [--port-base P] [--dist DIR] [--import PATH]... [--messages N] [--seed N] [--record FILE]
               [--journal FILE] [--quiet]
  --port-base P   first of six ports: app, Entra, Graph, SignalR, uploads, SMTP (default 8080)
  --dist DIR      the built app (default dist)
  --import PATH   an .eml file, a folder of them, or an mbox; may be repeated
  --messages N    generated messages in ada's mailbox (default 400)
  --seed N        seed of everything generated (default 1)
  --record FILE   append every exchange of the services to a file, one JSON line each
  --journal FILE  go on where the sandbox of this journal ended, however it ended; or begin one
  --quiet         send no demo mail by itself";

/// What was asked for.
pub(crate) enum Asked {
    Run(Options),
    Help,
}

/// The settings of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) port_base: u16,
    pub(crate) dist: PathBuf,
    pub(crate) import: Vec<PathBuf>,
    pub(crate) messages: usize,
    pub(crate) seed: u64,
    pub(crate) record: Option<PathBuf>,
    pub(crate) journal: Option<PathBuf>,
    pub(crate) quiet: bool,
}

/// Reads the arguments after the program's name; the error is a sentence.
pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut options = Options {
        port_base: 8080,
        dist: PathBuf::from("dist"),
        import: Vec::new(),
        messages: 400,
        seed: 1,
        record: None,
        journal: None,
        quiet: false,
    };
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        let (flag, inline) = match argument.split_once('=') {
            Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        match flag.as_str() {
            "--quiet" => options.quiet = true,
            "--help" | "-h" => return Ok(Asked::Help),
            "--port-base" | "--dist" | "--import" | "--messages" | "--seed" | "--record" | "--journal" => {
                let value = inline.or_else(|| arguments.next()).ok_or_else(|| format!("{flag} needs a value."))?;
                set(&mut options, &flag, value)?;
            }
            other => return Err(format!("{other} is not known.")),
        }
    }
    Ok(Asked::Run(options))
}

fn set(options: &mut Options, flag: &str, value: String) -> Result<(), String> {
    let wrong = || format!("{flag} cannot be '{value}'.");
    match flag {
        "--port-base" => {
            let port: u16 = value.parse().map_err(|_| wrong())?;
            if port == 0 || port > u16::MAX - 5 {
                return Err(wrong());
            }
            options.port_base = port;
        }
        "--dist" => options.dist = PathBuf::from(value),
        "--import" => options.import.push(PathBuf::from(value)),
        "--record" => options.record = Some(PathBuf::from(value)),
        "--journal" => options.journal = Some(PathBuf::from(value)),
        "--messages" => options.messages = value.parse().map_err(|_| wrong())?,
        _ => options.seed = value.parse().map_err(|_| wrong())?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> Result<Options, String> {
        match parse(line.split_whitespace().map(str::to_owned))? {
            Asked::Run(options) => Ok(options),
            Asked::Help => Err("help".to_owned()),
        }
    }

    #[test]
    fn every_flag_is_read() {
        let line =
            "--port-base 9000 --dist out --import a --import=b --messages 5 --seed 7 --record r --journal j --quiet";
        let options = run(line).unwrap();
        assert_eq!(options.port_base, 9000);
        assert_eq!(options.import, [PathBuf::from("a"), PathBuf::from("b")]);
        assert_eq!((options.messages, options.seed, options.quiet), (5, 7, true));
        assert_eq!((options.record, options.journal), (Some(PathBuf::from("r")), Some(PathBuf::from("j"))));
    }

    #[test]
    fn nonsense_is_named() {
        assert!(run("--port-base x").is_err());
        assert!(run("--port-base 65533").is_err());
        assert!(run("--speed 1").is_err());
        assert!(run("--seed").is_err());
    }
}
