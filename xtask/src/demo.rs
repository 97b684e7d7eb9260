//! The demo: everything built, the sandbox started with the app, and one line once all of it answers.
//! The sandbox is a child of this command and ends with it.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::build;
use crate::failure::{Failure, Outcome};
use crate::process::{now, step};
use crate::workspace::Workspace;

/// App, Entra, Graph, SignalR and upload speak HTTP; the sixth port takes mail.
const HTTP_PORTS: u16 = 5;
const PATIENCE: Duration = Duration::from_secs(180);

struct Wishes {
    port_base: u16,
    open: bool,
    passed_on: Vec<OsString>,
}

/// Runs the demo until it is interrupted.
///
/// # Errors
/// When a word makes no sense, a port is taken, the build fails, or the sandbox ends by itself.
pub fn demo(workspace: &Workspace, words: &[String]) -> Outcome {
    let wishes = parse(words)?;
    ports_are_free(wishes.port_base)?;
    build::build(workspace)?;
    let interrupted = interruptions()?;
    let mut sandbox = start(workspace, &wishes)?;
    let ended = serve(&mut sandbox, &wishes, &interrupted);
    // Already gone or not: either way nothing of ours may stay behind.
    let _ = sandbox.kill();
    let _ = sandbox.wait();
    ended
}

fn parse(words: &[String]) -> Outcome<Wishes> {
    let mut wishes = Wishes { port_base: 8080, open: true, passed_on: Vec::new() };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().cloned().ok_or_else(|| Failure::Usage(format!("{word} needs a value")));
        match word.as_str() {
            "--no-open" => wishes.open = false,
            "--port-base" => wishes.port_base = port_base(&value()?)?,
            "--import" => {
                let path = PathBuf::from(value()?);
                if !path.exists() {
                    return Err(Failure::Usage(format!("--import: there is no {}", path.display())));
                }
                wishes.passed_on.extend(["--import".into(), path.into()]);
            }
            "--messages" | "--seed" => {
                let number = value()?;
                if number.parse::<u64>().is_err() {
                    return Err(Failure::Usage(format!("{word} needs a number, not “{number}”")));
                }
                wishes.passed_on.extend([word.into(), number.into()]);
            }
            other => {
                return Err(Failure::Usage(format!(
                    "demo does not know “{other}”; it knows --port-base N, --import PATH, --messages N, --seed N, --no-open"
                )));
            }
        }
    }
    Ok(wishes)
}

fn port_base(text: &str) -> Outcome<u16> {
    let highest = u16::MAX.saturating_sub(HTTP_PORTS);
    text.parse()
        .ok()
        .filter(|port| (1..=highest).contains(port))
        .ok_or_else(|| Failure::Usage(format!("--port-base needs a number from 1 to {highest}, not “{text}”")))
}

fn all_ports(base: u16) -> impl Iterator<Item = u16> {
    base..=base.saturating_add(HTTP_PORTS)
}

fn ports_are_free(base: u16) -> Outcome {
    for port in all_ports(base) {
        if let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return Err(Failure::Usage(format!(
                "port {port} cannot be used ({error}); Petrel needs the six ports from {base} on: end what uses them or choose others with --port-base"
            )));
        }
    }
    Ok(())
}

fn interruptions() -> Outcome<Receiver<()>> {
    let (tell, told) = mpsc::channel();
    ctrlc::set_handler(move || {
        // Nobody listens any more only when the command is already ending.
        let _ = tell.send(());
    })
    .map_err(|error| Failure::Unknown(format!("Ctrl-C cannot be caught: {error}")))?;
    Ok(told)
}

fn start(workspace: &Workspace, wishes: &Wishes) -> Outcome<Child> {
    let program = workspace.sandbox();
    Command::new(&program)
        .arg("--port-base")
        .arg(wishes.port_base.to_string())
        .arg("--dist")
        .arg(workspace.dist())
        .args(&wishes.passed_on)
        .stdin(Stdio::null())
        .spawn()
        .map_err(Failure::file(&program))
}

fn serve(sandbox: &mut Child, wishes: &Wishes, interrupted: &Receiver<()>) -> Outcome {
    step("wait for the six ports", || wait_until_ready(sandbox, wishes.port_base, interrupted))?;
    let address = format!("http://localhost:{}/", wishes.port_base);
    println!("Petrel is ready: {address}");
    let _ = std::io::stdout().flush();
    if wishes.open {
        open(&address);
    }
    loop {
        match interrupted.recv_timeout(Duration::from_millis(250)) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => still_running(sandbox)?,
        }
    }
}

fn still_running(sandbox: &mut Child) -> Outcome {
    match sandbox.try_wait() {
        Ok(None) => Ok(()),
        Ok(Some(status)) => {
            Err(Failure::Program { line: "sandbox".to_owned(), why: format!("ended by itself with {status}") })
        }
        Err(error) => Err(Failure::Program { line: "sandbox".to_owned(), why: error.to_string() }),
    }
}

fn wait_until_ready(sandbox: &mut Child, base: u16, interrupted: &Receiver<()>) -> Outcome {
    let begun = now();
    let mut waiting: Vec<u16> = all_ports(base).collect();
    while begun.elapsed() < PATIENCE {
        still_running(sandbox)?;
        waiting.retain(|port| !answers(*port, *port != base.saturating_add(HTTP_PORTS)));
        if waiting.is_empty() {
            return Ok(());
        }
        if interrupted.recv_timeout(Duration::from_millis(50)) == Ok(()) {
            return Err(Failure::Usage("interrupted".to_owned()));
        }
    }
    Err(Failure::Program {
        line: "sandbox".to_owned(),
        why: format!("did not answer on port(s) {waiting:?} within {} s", PATIENCE.as_secs()),
    })
}

/// Whether something listens, and speaks HTTP where it should.
fn answers(port: u16, http: bool) -> bool {
    let patience = Duration::from_secs(2);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Ok(mut stream) = TcpStream::connect_timeout(&address, patience) else {
        return false;
    };
    if !http {
        return true;
    }
    let request = format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    let mut start = [0_u8; 5];
    stream.set_read_timeout(Some(patience)).is_ok()
        && stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut start).is_ok()
        && &start == b"HTTP/"
}

/// Opens the person's own browser; where there is none, the printed address is enough.
fn open(address: &str) {
    let (program, before): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/C", "start", ""]),
        _ => ("xdg-open", &[]),
    };
    let _ = Command::new(program).args(before).arg(address).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}

#[cfg(test)]
mod tests {
    use super::{parse, ports_are_free};
    use std::net::TcpListener;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn wishes_for_the_sandbox_are_passed_on() {
        let wishes = parse(&words("--port-base 9000 --messages 10 --seed 7 --no-open --import src")).unwrap();
        assert_eq!(wishes.port_base, 9000);
        assert!(!wishes.open);
        assert_eq!(wishes.passed_on, ["--messages", "10", "--seed", "7", "--import", "src"]);
    }

    #[test]
    fn nonsense_is_refused_with_a_sentence() {
        for line in
            ["--port-base 65534", "--port-base x", "--messages many", "--import /no/such/place", "--seed", "--what"]
        {
            assert!(parse(&words(line)).is_err(), "{line}");
        }
    }

    #[test]
    fn a_taken_port_is_named() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let base = port.saturating_sub(2);
        assert!(ports_are_free(base).unwrap_err().to_string().contains("port"));
    }
}
