//! The mailbox as the server has it and as the device has it, in one form, so that they can be compared.
//! The server's is read again only after something may have changed it.

use crate::device::Device;
use futures::executor::block_on;
use mail_core::id::FolderId;
use mail_core::model::{Flag, Message};
use mail_core::outbox::{Act, Op, OpState, Overlay};
use mail_core::store::Store;
use sandbox::Host;
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

pub const ADA: &str = "ada@petrel.test";
/// Hidden in every mailbox, and so on no device.
const HIDDEN: &str = "Conversation History";
/// Rows that a page of these lives reads at once.
const PART: usize = 7;

/// What a row is compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub subject: String,
    pub read: bool,
    pub flag: Flag,
}

pub type Shelf = BTreeMap<String, Row>;

/// A folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub name: String,
    pub rows: Shelf,
}

/// A whole mailbox, by folder id.
pub type Mailbox = BTreeMap<String, Place>;

/// The server's mailbox as it was last read.
#[derive(Default)]
pub struct Read {
    version: Option<u64>,
    mailbox: Rc<Mailbox>,
}

impl Device {
    /// A control call of the sandbox.
    pub fn control(&self, method: &str, call: &str, body: &Value) -> Value {
        let body = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
        let request = http::Request::builder().method(method).uri(format!("/_sandbox/{call}")).body(body).unwrap();
        let reply = self.sandbox.borrow_mut().handle(Host::Graph, request, self.time.get());
        assert_eq!(reply.response.status(), 200, "{call}");
        serde_json::from_slice(reply.response.body()).unwrap()
    }

    /// The mailbox as the server has it.
    pub fn truth(&self) -> Rc<Mailbox> {
        let mut departures = self.departures.borrow_mut();
        let waiting = departures.len();
        departures.retain(|due| *due > self.time.get());
        if departures.len() < waiting {
            self.touched();
        }
        let mut read = self.read.borrow_mut();
        if read.version != Some(self.version.get()) {
            let mailbox = self.control("GET", &format!("mailbox?user={ADA}"), &Value::Null);
            *read = Read { version: Some(self.version.get()), mailbox: Rc::new(places(&mailbox)) };
        }
        read.mailbox.clone()
    }

    /// How often each mail that carries a marker of ours was delivered.
    pub fn delivered(&self) -> BTreeMap<String, u32> {
        let rows = self.control("GET", "delivered", &Value::Null);
        let mut counts = BTreeMap::new();
        for marker in rows.as_array().unwrap().iter().filter_map(|row| row["marker"].as_str()) {
            *counts.entry(marker.to_owned()).or_insert(0) += 1;
        }
        counts
    }

    /// The mailbox as the store has it; with `pending`, as the person sees it.
    pub fn held(&self, pending: Option<&[Op]>) -> Mailbox {
        let store = self.memory.borrow().clone();
        block_on(async {
            let folders = store.folders().await.unwrap();
            let overlay = Overlay::new(pending.unwrap_or_default());
            let mut touched = Vec::new();
            for id in overlay.touched() {
                touched.extend(store.message(&id).await.unwrap());
            }
            let mut mailbox = Mailbox::new();
            for folder in folders.into_iter().filter(|folder| !folder.hidden) {
                let mut rows = store.messages(&folder.id, 0, 100_000).await.unwrap();
                if pending.is_some() {
                    rows = seen(overlay, &folder.id, rows, &touched);
                }
                let row = |row: Message| {
                    (row.id.to_string(), Row { subject: row.subject, read: row.is_read, flag: row.flag })
                };
                let rows = rows.into_iter().map(row).collect();
                mailbox.insert(folder.id.to_string(), Place { name: folder.name, rows });
            }
            mailbox
        })
    }

    pub fn ops(&self) -> Vec<Op> {
        block_on(self.memory.borrow().ops()).unwrap()
    }
}

/// The list as the person sees it, put together from parts as a page that scrolls reads them.
fn seen(overlay: Overlay<'_>, folder: &FolderId, rows: Vec<Message>, touched: &[Message]) -> Vec<Message> {
    let total = u32::try_from(rows.len()).unwrap();
    let rows: Vec<Arc<Message>> = rows.into_iter().map(Arc::new).collect();
    let mut list: Vec<Arc<Message>> = Vec::new();
    for skip in (0..total.max(1)).step_by(PART - 1) {
        let part = rows.iter().skip(skip as usize).take(PART).cloned().collect::<Vec<_>>();
        let part = overlay.part(folder, &part, (skip, total), touched);
        list.truncate(part.first as usize);
        assert_eq!(list.len(), part.first as usize, "parts of a list that share a row fit together");
        list.extend(part.rows);
    }
    list.into_iter().map(|row| Message::clone(&row)).collect()
}

fn places(mailbox: &Value) -> Mailbox {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let flag = |value: &Value| match value.as_str().unwrap() {
        "flagged" => Flag::Flagged,
        "complete" => Flag::Complete,
        _ => Flag::None,
    };
    let row = |row: &Value| {
        let whole = Row { subject: text(&row["subject"]), read: row["is_read"] == true, flag: flag(&row["flag"]) };
        (text(&row["id"]), whole)
    };
    let folders = mailbox["folders"].as_array().unwrap().iter().filter(|folder| folder["display_name"] != HIDDEN);
    let place = |folder: &Value| Place {
        name: text(&folder["display_name"]),
        rows: folder["messages"].as_array().unwrap().iter().map(row).collect(),
    };
    folders.map(|folder| (text(&folder["id"]), place(folder))).collect()
}

/// What the person should see: the server's mailbox with the acts that are still to be done.
pub fn expected(mailbox: &Mailbox, ops: &[Op]) -> Mailbox {
    let mut seen = mailbox.clone();
    for op in ops.iter().filter(|op| op.state == OpState::Waiting) {
        let Some(message) = op.act.message() else { continue };
        let at = seen.iter().find(|(_, place)| place.rows.contains_key(message.as_str())).map(|(id, _)| id.clone());
        let Some(place) = at.and_then(|at| seen.get_mut(&at)) else { continue };
        let Some(mut row) = place.rows.remove(message.as_str()) else { continue };
        let mut to = None;
        match &op.act {
            Act::Read { read, .. } => row.read = *read,
            Act::Flag { flag, .. } => row.flag = *flag,
            Act::Move { to: folder, .. } => to = Some(folder.clone()),
            Act::Send { .. } => {}
        }
        let place = match to {
            Some(folder) => seen.get_mut(folder.as_str()),
            None => Some(place),
        };
        // Where the folder is gone, nobody sees the row.
        if let Some(place) = place {
            place.rows.insert(message.to_string(), row);
        }
    }
    seen
}

/// The first difference, in words.
pub fn difference(device: &Mailbox, server: &Mailbox) -> Option<String> {
    if device == server {
        return None;
    }
    for (id, place) in server {
        let Some(held) = device.get(id) else { return Some(format!("the folder {} is missing", place.name)) };
        if held.name != place.name {
            return Some(format!("the folder {} is still called {}", place.name, held.name));
        }
        for (message, row) in &place.rows {
            match held.rows.get(message) {
                None => return Some(format!("{} is missing in {}: {row:?}", crate::ledger::tail(message), place.name)),
                Some(known) if known != row => {
                    let name = crate::ledger::tail(message);
                    return Some(format!("{name} in {} is {known:?} here and {row:?} there", place.name));
                }
                Some(_) => {}
            }
        }
        if let Some((message, row)) = held.rows.iter().find(|(message, _)| !place.rows.contains_key(*message)) {
            return Some(format!("{} is still in {}: {row:?}", crate::ledger::tail(message), place.name));
        }
    }
    device.values().find(|held| !server.values().any(|place| place.name == held.name)).map_or_else(
        || Some("a folder is here that is not there".to_owned()),
        |held| Some(format!("the folder {} is still here", held.name)),
    )
}

/// The folders whose latest complete round told all there is: the snapshot of its link is what the server holds now.
pub fn is_synced(device: &Device, truth: &Mailbox) -> bool {
    let ledger = device.ledger.borrow();
    let snapshots = device.snapshots.borrow();
    truth.iter().all(|(id, place)| {
        let link = ledger.rounds.get(&FolderId::new(id.as_str())).and_then(Option::as_ref);
        let then = link.and_then(|link| snapshots.get(link)).and_then(|then| then.get(id));
        then.is_some_and(|then| then.rows == place.rows)
    })
}
