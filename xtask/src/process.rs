//! Running other programs and timing steps.
//! Every step says what it does and how long it took, so that a slow build explains itself.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::failure::{Failure, Outcome};

/// The time now, for measuring how long steps take.
#[expect(clippy::disallowed_methods, reason = "a native program that times its own steps")]
pub fn now() -> Instant {
    Instant::now()
}

/// Does `work` under a heading and prints its duration in seconds.
///
/// # Errors
/// Whatever the work fails with.
pub fn step<T>(title: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    eprintln!("▸ {title}");
    let begun = now();
    let result = work();
    let seconds = begun.elapsed().as_secs_f64();
    match &result {
        Ok(_) => eprintln!("  done in {seconds:.1} s"),
        Err(_) => eprintln!("  failed after {seconds:.1} s"),
    }
    result
}

/// Runs a program with our own input and output.
///
/// # Errors
/// [`Failure::Program`] when it cannot be started or ends with anything but success.
pub fn run(command: &mut Command) -> Outcome {
    let line = line_of(command);
    let status = command.status().map_err(|error| Failure::Program { line: line.clone(), why: error.to_string() })?;
    if status.success() { Ok(()) } else { Err(Failure::Program { line, why: format!("ended with {status}") }) }
}

/// Runs a program and hands back what it wrote to its standard output.
///
/// # Errors
/// [`Failure::Program`] when it cannot be started, fails, or writes something that is no text.
pub fn read(command: &mut Command) -> Outcome<String> {
    let line = line_of(command);
    let failed = |why: String| Failure::Program { line: line.clone(), why };
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(format!("ended with {}", output.status)));
    }
    String::from_utf8(output.stdout).map_err(|_| failed("wrote something that is no text".to_owned()))
}

/// Whether a program runs at all and ends well; its output is thrown away.
pub fn works(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn line_of(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    if line.chars().count() > 160 {
        line = line.chars().take(160).chain(['…']).collect();
    }
    line
}
