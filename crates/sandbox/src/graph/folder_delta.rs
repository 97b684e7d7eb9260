//! Following the folders: the whole tree flat, then folders that changed, their counts included.
//! A folder's row is always whole, because Graph counts a changed count as a changed folder.

use serde_json::{Value, json};

use crate::behaviour::Behaviour;
use crate::chance::base64_decode;
use crate::graph::call::Call;
use crate::graph::folder_view::View;
use crate::graph::folders::{find, wants_hidden};
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer, delta, render};
use crate::mailbox::Mailbox;
use crate::mailbox::folder::Folder;
use crate::sandbox::Sandbox;
use crate::web::percent_encode;

/// Folders a page holds where the client does not say.
const PAGE: usize = 100;

/// Where a round stands, and what its first request asked for.
struct Round {
    select: Option<String>,
    hidden: bool,
    /// Only folders below this one are followed.
    root: Option<String>,
    place: Place,
    /// Whether the empty page before the next one is sent already.
    rested: bool,
}

enum Place {
    /// In the full round: changes after `head` follow it; folders up to this id are told.
    Full { head: u64, told: String },
    /// In a round of changes after `head`; those up to `after` are told already.
    Changes { head: u64, after: u64 },
}

/// One page of the folders' delta, of the whole tree or of what is below one folder.
pub(super) fn read(sandbox: &Sandbox, call: &Call<'_>, root: Option<&str>) -> Outcome {
    call.needs_reading()?;
    let mailbox = sandbox.mailbox(call.person)?;
    let root = root.map(|name| find(mailbox, name)).transpose()?;
    let token = call.query.first("$skiptoken").or_else(|| call.query.first("$deltatoken"));
    let mut round = match token.filter(|token| !token.is_empty()) {
        Some(token) => resume(token, mailbox, root, call, &sandbox.behaviour)?,
        None => begin(call, mailbox, root)?,
    };
    let view = View::selecting(round.select.as_deref())?;
    let size = call.page_size.unwrap_or(PAGE).min(1000);
    let (rows, done) = if sandbox.behaviour.delta_empty_pages && !round.rested {
        round.rested = true;
        (Vec::new(), false)
    } else {
        round.rested = false;
        step(mailbox, &mut round, size)
    };
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|row| match row {
            Row::Here(folder) => view.show(mailbox, folder, round.hidden, call),
            Row::Gone { id, reason } => json!({"id": id, "@removed": {"reason": reason}}),
        })
        .collect();
    let (name, option) = if done { ("@odata.deltaLink", "$deltatoken") } else { ("@odata.nextLink", "$skiptoken") };
    let mut value = json!({ "value": rows });
    if let Some(object) = value.as_object_mut() {
        let token = percent_encode(&render::token(&round.token(mailbox, call.now_ms)));
        let link = format!("{}?{option}={token}", call.full_path());
        object.insert(name.to_owned(), json!(link));
    }
    Ok(answer(200, format!("{}/$metadata#Collection(mailFolder)", call.base), value))
}

fn begin(call: &Call<'_>, mailbox: &Mailbox, root: Option<String>) -> Result<Round, Refusal> {
    for (name, _) in call.query.iter() {
        if ["$search", "$filter", "$orderby", "$skip", "$expand"].iter().any(|bad| name.eq_ignore_ascii_case(bad)) {
            return Err(Refusal::BadQuery(format!("The query option '{name}' is not supported with delta.")));
        }
    }
    Ok(Round {
        select: call.query.first("$select").map(str::to_owned),
        hidden: wants_hidden(call),
        root,
        place: Place::Full { head: mailbox.head(), told: String::new() },
        rested: false,
    })
}

/// Reads a token; one of another generation, or one that is too old, is dead.
fn resume(
    token: &str,
    mailbox: &Mailbox,
    root: Option<String>,
    call: &Call<'_>,
    behaviour: &Behaviour,
) -> Result<Round, Refusal> {
    let bad = || Refusal::BadQuery("The delta token is not valid.".to_owned());
    let bytes = base64_decode(token).ok_or_else(bad)?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    let number = |name: &str| value.get(name).and_then(Value::as_u64);
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let truth = |name: &str| value.get(name).and_then(Value::as_bool).unwrap_or(false);
    if text("kind").as_deref() != Some("folders") || text("root") != root {
        return Err(bad());
    }
    let born_ms = value.get("born").and_then(Value::as_i64).ok_or_else(bad)?;
    delta::check_alive((born_ms, number("g")), mailbox, call, behaviour)?;
    let head = number("h").ok_or_else(bad)?;
    let place = match text("told") {
        Some(told) => Place::Full { head, told },
        None => Place::Changes { head, after: number("a").ok_or_else(bad)? },
    };
    Ok(Round { select: text("s"), hidden: truth("hidden"), root, place, rested: truth("rested") })
}

impl Round {
    /// What the next link continues with.
    fn token(&self, mailbox: &Mailbox, now_ms: i64) -> Value {
        let mut token = json!({
            "kind": "folders", "g": mailbox.generation, "born": now_ms, "hidden": self.hidden, "rested": self.rested,
        });
        if let Some(object) = token.as_object_mut() {
            match &self.place {
                Place::Full { head, told } => {
                    object.extend([("h".to_owned(), json!(head)), ("told".to_owned(), json!(told))])
                }
                Place::Changes { head, after } => {
                    object.extend([("h".to_owned(), json!(head)), ("a".to_owned(), json!(after))])
                }
            }
            let texts = [("s", &self.select), ("root", &self.root)];
            object.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?)))));
        }
        token
    }

    /// Whether a folder is among those that are followed.
    fn follows(&self, mailbox: &Mailbox, folder: &Folder) -> bool {
        let below = match &self.root {
            Some(root) => folder.id != *root && mailbox.is_within(&folder.id, root),
            None => folder.parent.is_some(),
        };
        below && (self.hidden || !folder.hidden)
    }
}

enum Row<'m> {
    Here(&'m Folder),
    Gone { id: &'m str, reason: &'static str },
}

/// The next rows of a round, whose place moves on; true where the round is done.
fn step<'m>(mailbox: &'m Mailbox, round: &mut Round, size: usize) -> (Vec<Row<'m>>, bool) {
    let (rows, place, done) = match &round.place {
        Place::Full { head, told } => full(mailbox, round, *head, told, size),
        Place::Changes { head, after } => changed(mailbox, round, *head, *after, size),
    };
    round.place = place;
    (rows, done)
}

fn full<'m>(mailbox: &'m Mailbox, round: &Round, head: u64, told: &str, size: usize) -> (Vec<Row<'m>>, Place, bool) {
    let mut left =
        mailbox.folders().filter(|folder| folder.id.as_str() > told && round.follows(mailbox, folder)).peekable();
    let page: Vec<&Folder> = left.by_ref().take(size).collect();
    let last = page.last().map(|folder| folder.id.clone());
    let place = match last.filter(|_| left.peek().is_some()) {
        Some(told) => Place::Full { head, told },
        None => Place::Changes { head, after: 0 },
    };
    let done = matches!(place, Place::Changes { .. });
    (page.into_iter().map(Row::Here).collect(), place, done)
}

fn changed<'m>(mailbox: &'m Mailbox, round: &Round, head: u64, after: u64, size: usize) -> (Vec<Row<'m>>, Place, bool) {
    let mut changes: Vec<(u64, &String, bool)> = mailbox
        .folder_changes()
        .iter()
        .filter(|(_, change)| change.at > head && change.at > after)
        .map(|(id, change)| (change.at, id, change.removed))
        .collect();
    changes.sort_unstable();
    // Changes of one write share a number, so a page ends only between numbers.
    let last = changes.get(size.saturating_sub(1)).map(|(at, _, _)| *at);
    let taken = last.map_or(changes.len(), |last| changes.iter().take_while(|(at, _, _)| *at <= last).count());
    let rows = changes
        .iter()
        .take(taken)
        .filter_map(|(_, id, removed)| match mailbox.folder(id).filter(|_| !removed) {
            Some(folder) if round.follows(mailbox, folder) => Some(Row::Here(folder)),
            // It may have been below the root until now; saying so twice does no harm.
            Some(folder) if round.root.as_ref().is_some_and(|root| folder.id != *root) && !folder.hidden => {
                Some(Row::Gone { id, reason: "changed" })
            }
            Some(_) => None,
            None => Some(Row::Gone { id, reason: "deleted" }),
        })
        .collect();
    match last.filter(|_| taken < changes.len()) {
        Some(last) => (rows, Place::Changes { head, after: last }, false),
        None => (rows, Place::Changes { head: mailbox.head(), after: 0 }, true),
    }
}
