//! The emulator at scale: how soon a large mailbox is ready, how much memory it takes, how fast pages and notifications come.
//! It runs as anybody runs it, a release build on ports of its own, and is asked over real sockets.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bench::http::Connection;
use crate::bench::socket::Channel;
use crate::bench::{Figure, wrong};
use crate::build;
use crate::failure::{Failure, Outcome};
use crate::process::{now, step};
use crate::workspace::Workspace;

/// What the app asks of a list.
const SELECT: &str = "id,conversationId,subject,bodyPreview,from,toRecipients,receivedDateTime,isRead,isDraft,hasAttachments,importance,flag,categories,parentFolderId,inferenceClassification";
const OWNER: &str = "ada@petrel.test";
const PAGE: usize = 1000;

/// Ends the program whatever happens.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Builds the sandbox and takes its figures.
///
/// # Errors
/// When it cannot be built or started, or an answer is wrong.
pub fn measure(workspace: &Workspace, quick: bool) -> Outcome<Vec<Figure>> {
    build::sandbox(workspace)?;
    let (messages, notifications) = if quick { (10_000, 1_000) } else { (100_000, 10_000) };
    let base = free_ports()?;
    let begun = now();
    let mut running = start(workspace, base, messages)?;
    let ready = step(&format!("{messages} messages"), || ready(&mut running, base, begun))?;
    let resident = resident_mib(&running)?;
    let worked = processor_ms(&running)?;
    let mut graph = Connection::open(base.saturating_add(2))?;
    let token = graph.json("POST", "/_sandbox/token", &[], &json!({ "user": OWNER }).to_string())?;
    let bearer = format!("Bearer {}", token.get("access_token").and_then(Value::as_str).unwrap_or_default());
    let pages = step("all pages of the inbox", || pages(&mut graph, &bearer, &format!("?$select={SELECT}")))?;
    let paged = processor_ms(&running)? - worked;
    let count = f64::from(u32::try_from(pages.len().max(1)).unwrap_or(u32::MAX));
    let whole = step("all pages with bodies", || pages_of(&mut graph, &bearer, "", 10))?;
    let pushed = step(&format!("{notifications} notifications"), || {
        notifications_pushed(&mut graph, base, &bearer, notifications)
    })?;
    Ok(vec![
        Figure { name: "ready", value: ready.as_secs_f64(), unit: "s", limit: Some(20.0) },
        Figure { name: "ready, processor time", value: worked / 1000.0, unit: "s", limit: None },
        Figure { name: "memory when ready", value: resident, unit: "MiB", limit: Some(1024.0) },
        Figure { name: "memory at most", value: peak_mib(&running)?, unit: "MiB", limit: Some(1024.0) },
        Figure { name: "delta page of 1,000, median", value: median(&pages), unit: "ms", limit: Some(30.0) },
        Figure { name: "delta page of 1,000, slowest", value: slowest(&pages), unit: "ms", limit: None },
        Figure { name: "delta page of 1,000, processor time", value: paged / count, unit: "ms", limit: None },
        Figure { name: "delta page of 1,000 with bodies, median", value: median(&whole), unit: "ms", limit: None },
        Figure { name: "all notifications pushed", value: pushed.as_secs_f64(), unit: "s", limit: Some(2.0) },
    ])
}

/// Six ports in a row that nobody has.
fn free_ports() -> Outcome<u16> {
    let free =
        |base: &u16| (*base..base.saturating_add(6)).all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
    (21_000..60_000)
        .step_by(7)
        .find(free)
        .ok_or_else(|| Failure::Usage("there are no six free ports in a row".to_owned()))
}

fn start(workspace: &Workspace, base: u16, messages: usize) -> Outcome<Running> {
    let program = workspace.sandbox();
    let child = Command::new(&program)
        .args(["--quiet", "--port-base", &base.to_string(), "--messages", &messages.to_string()])
        .arg("--dist")
        .arg(workspace.dist())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .map_err(Failure::file(&program))?;
    Ok(Running(child))
}

fn ready(running: &mut Running, base: u16, begun: Instant) -> Outcome<Duration> {
    while begun.elapsed() < Duration::from_secs(300) {
        if let Ok(Some(status)) = running.0.try_wait() {
            return Err(wrong(format!("ended by itself with {status}")));
        }
        // The ports are bound before the mailbox is full, so only an answer counts.
        if let Ok(mut graph) = Connection::open(base.saturating_add(2))
            && graph.json("GET", "/_sandbox/faults", &[], "").is_ok()
        {
            return Ok(begun.elapsed());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err(wrong("did not answer within five minutes"))
}

/// Follows the inbox from the beginning to its delta link, and checks that every message came once.
fn pages(graph: &mut Connection, bearer: &str, query: &str) -> Outcome<Vec<f64>> {
    pages_of(graph, bearer, query, usize::MAX)
}

/// The same for so many pages at most, in milliseconds each.
fn pages_of(graph: &mut Connection, bearer: &str, query: &str, most: usize) -> Outcome<Vec<f64>> {
    let prefer = format!("IdType=\"ImmutableId\", odata.maxpagesize={PAGE}");
    let headers = [("Authorization", bearer), ("Prefer", prefer.as_str())];
    let inbox = graph.json("GET", "/v1.0/me/mailFolders/inbox", &headers, "")?;
    let total = inbox.get("totalItemCount").and_then(Value::as_u64).unwrap_or_default();
    let mut path = format!("/v1.0/me/mailFolders/inbox/messages/delta{query}");
    let mut times = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    while times.len() < most {
        let answer = graph.send("GET", &path, &headers, "")?;
        let page: Value = serde_json::from_slice(&answer.body).map_err(|_| wrong("a page is no JSON"))?;
        let rows = page.get("value").and_then(Value::as_array).ok_or_else(|| wrong("a page has no rows"))?;
        for row in rows {
            let id = row.get("id").and_then(Value::as_str).ok_or_else(|| wrong("a row has no id"))?;
            if row.get("subject").is_none() || !seen.insert(id.to_owned()) {
                return Err(wrong(format!("the row {id} is not right")));
            }
        }
        if rows.len() == PAGE {
            times.push(answer.took.as_secs_f64() * 1000.0);
        }
        match page.get("@odata.nextLink").and_then(Value::as_str) {
            Some(next) => path = next.splitn(4, '/').nth(3).map_or(String::new(), |rest| format!("/{rest}")),
            None if u64::try_from(seen.len()).ok() == Some(total) => return Ok(times),
            None => return Err(wrong(format!("{} of {total} messages came", seen.len()))),
        }
    }
    Ok(times)
}

/// Lets mail arrive and waits until the channel told of each.
fn notifications_pushed(graph: &mut Connection, base: u16, bearer: &str, count: usize) -> Outcome<Duration> {
    let mut channel = Channel::open(graph, base, bearer)?;
    let begun = now();
    let arriving = std::thread::spawn(move || {
        let body = json!({"to": OWNER, "count": count, "seed": 7}).to_string();
        Connection::open(base.saturating_add(2))?.json("POST", "/_sandbox/generate", &[], &body)
    });
    let mut told = BTreeSet::new();
    while told.len() < count {
        told.insert(channel.notification()?);
    }
    let took = begun.elapsed();
    let made = arriving.join().map_err(|_| wrong("the generating thread ended early"))??;
    let made: BTreeSet<String> = made
        .get("ids")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    if made == told { Ok(took) } else { Err(wrong("the notifications name other messages than those that came")) }
}

fn resident_mib(running: &Running) -> Outcome<f64> {
    memory(running, "VmRSS:")
}

fn peak_mib(running: &Running) -> Outcome<f64> {
    memory(running, "VmHWM:")
}

/// A line of the program's memory, from Linux; elsewhere there is no such file.
fn memory(running: &Running, line: &str) -> Outcome<f64> {
    let path = format!("/proc/{}/status", running.0.id());
    let text = crate::files::read_text(std::path::Path::new(&path))?;
    text.lines()
        .find_map(|one| one.strip_prefix(line)?.trim().strip_suffix(" kB")?.parse::<f64>().ok())
        .map(|kib| kib / 1024.0)
        .ok_or_else(|| wrong(format!("{path} has no {line}")))
}

/// How long processors worked for the program so far: on a busy machine the clock says less.
fn processor_ms(running: &Running) -> Outcome<f64> {
    let path = format!("/proc/{}/stat", running.0.id());
    let text = crate::files::read_text(std::path::Path::new(&path))?;
    // After the name in brackets come the state and twelve numbers, then the ticks in the program and in the system.
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: Vec<f64> = after_name.split_whitespace().skip(11).take(2).filter_map(|word| word.parse().ok()).collect();
    if ticks.len() == 2 {
        Ok(ticks.iter().sum::<f64>() * 10.0)
    } else {
        Err(wrong(format!("{path} is not as Linux writes it")))
    }
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn slowest(times: &[f64]) -> f64 {
    times.iter().copied().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::{free_ports, median, slowest};

    #[test]
    fn the_middle_and_the_slowest_of_some_times() {
        assert_eq!(median(&[3.0, 1.0, 2.0]).total_cmp(&2.0), std::cmp::Ordering::Equal);
        assert_eq!(slowest(&[3.0, 1.0, 2.0]).total_cmp(&3.0), std::cmp::Ordering::Equal);
        assert_eq!(median(&[]).total_cmp(&0.0), std::cmp::Ordering::Equal);
    }

    #[test]
    fn six_ports_in_a_row_are_found() {
        let base = free_ports().unwrap();
        assert!(std::net::TcpListener::bind(("127.0.0.1", base + 5)).is_ok());
    }
}
