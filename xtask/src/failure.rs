//! What can go wrong in a command, said so that the person knows what to do next.
//! One type for all commands, because they all end on the same terminal.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A command that did not reach its end.
#[derive(Debug)]
pub enum Failure {
    /// The words on the command line make no sense; the text says which exist.
    Usage(String),
    /// Something the machine lacks and the command may not install itself.
    Missing {
        /// What is missing, such as “a browser”.
        what: String,
        /// The command or setting that helps.
        how: String,
    },
    /// A program was started and ended badly, or could not be started.
    Program {
        /// Its command line, shortened.
        line: String,
        /// How it ended.
        why: String,
    },
    /// A file could not be read or written.
    File {
        /// Which one.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A rule of the project is broken at these places.
    Broken {
        /// The rule.
        rule: String,
        /// One line each.
        places: Vec<String>,
    },
    /// Something came out of another tool in a shape this version does not know.
    Unknown(String),
}

/// The result of anything a command does.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// Turns a system error on `path` into a failure.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::File { path: path.to_owned(), source }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Unknown(text) => write!(out, "{text}"),
            Self::Missing { what, how } => write!(out, "{what} is missing: {how}"),
            Self::Program { line, why } => write!(out, "{line}: {why}"),
            Self::File { path, source } => write!(out, "{}: {source}", path.display()),
            Self::Broken { rule, places } => {
                write!(out, "{rule}")?;
                places.iter().try_for_each(|place| write!(out, "\n  {place}"))
            }
        }
    }
}
