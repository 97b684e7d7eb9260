//! From a page to writes: partial items are laid over what is known, tombstones count for their own folder only,
//! and a page that makes no sense changes nothing.

use super::cursor::{Cursor, CursorKey};
use super::odd::Odd;
use crate::error::{Error, GraphError};
use crate::graph::{FolderChange, FolderPage, MessageChange, MessagePage, Place};
use crate::id::{FolderId, MessageId};
use crate::model::{Folder, FolderRole, Message};
use crate::store::{Store, Write};
use crate::sync::gathered;
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What a page comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The rows and the cursor, for one commit.
    pub writes: Vec<Write>,
    /// The folders whose lists look different now.
    pub folders: BTreeSet<FolderId>,
    /// Messages to be fetched whole: those the page spoke of in part, or as gone, that the device does not know (one that came, left and
    /// came back between two rounds is told as gone alone), and those that lie here by a claim that the whole round never named.
    pub unknown: Vec<MessageId>,
    /// Messages whose bodies were dropped, because they may have changed.
    pub bodies: Vec<MessageId>,
    /// How many rows the device did not know.
    pub added: u32,
    /// When the oldest row of the page was received.
    pub oldest: Option<Timestamp>,
    /// Whether the round goes on.
    pub more: bool,
    /// What was odd about it.
    pub odd: Odd,
}

/// No mail is older than 1971.
const FIRST_MAIL: Timestamp = Timestamp::from_millis(365 * 86_400_000);
/// How far clocks may be apart.
const TOMORROW: Duration = Duration::from_secs(2 * 86_400);

/// When and amid what a page was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// When its answer came.
    pub answered: Timestamp,
    /// Folders whose rows were changed while it was on its way: it may be older than what is known of them.
    pub overtaken: &'a [FolderId],
}

/// Lays a page of a folder's messages over the store.
///
/// `cursor` is where the sync had got to before this page; `None` for a plain list, which moves no cursor.
///
/// # Errors
/// [`Error::Graph`] when a delta page leads nowhere, [`Error::Store`] when the store cannot be read.
pub async fn apply_messages<S: Store>(
    store: &S,
    folder: &Folder,
    page: MessagePage,
    cursor: Option<Cursor>,
    asked: Asked<'_>,
) -> Result<Applied, Error> {
    let may_hold_others = folder.role == Some(FolderRole::Deleted);
    let folder = &folder.id;
    let odd = Odd { unusable: page.unusable, cut: page.cut, ..Odd::default() };
    let mut applied = Applied { odd, ..Applied::default() };
    let mut rows: BTreeMap<MessageId, (Message, bool)> = BTreeMap::new();
    let detached = store.detached().await?;
    let mut seen = cursor.as_ref().and_then(|cursor| cursor.seen.clone());
    let is_told = cursor.as_ref().is_some_and(|cursor| cursor.complete);
    let mut claimed = cursor.as_ref().map(|cursor| cursor.claimed.clone()).unwrap_or_default();
    for id in page.named() {
        claimed.remove(id.as_str());
    }
    let mut ids: Vec<MessageId> = Vec::with_capacity(page.changes.len());
    for change in &page.changes {
        ids.push(match change {
            MessageChange::Removed(id) => id.clone(),
            MessageChange::Changed(partial) => partial.id.clone(),
        });
    }
    // All at once, because asking the store costs more than what it answers.
    let mut stored: BTreeMap<MessageId, (Message, bool)> = BTreeMap::new();
    for row in store.rows(&ids).await? {
        // As what a page comes to, because a map of another type would be code of its own.
        stored.insert(row.id.clone(), (row, true));
    }
    let mut latest = None;
    for change in page.changes {
        match change {
            MessageChange::Removed(id) => {
                let known = match rows.remove(&id) {
                    Some((row, _)) => Some(row),
                    None => stored.get(&id).map(|known| known.0.clone()),
                };
                match known {
                    Some(row) if row.folder == *folder => {
                        rows.insert(id, (row, false));
                    }
                    None if is_told => applied.unknown.push(id),
                    Some(_) | None => {}
                }
            }
            MessageChange::Changed(mut partial) => {
                if let Some(seen) = &mut seen {
                    seen.insert(partial.id.to_string());
                }
                let id = partial.id.clone();
                let known = match rows.remove(&id) {
                    Some((row, _)) => {
                        applied.odd.repeated += 1;
                        Some(row)
                    }
                    None => stored.get(&id).map(|known| known.0.clone()),
                };
                if let (false, Some(received)) = (is_told, partial.received) {
                    // A first round comes newest first.
                    applied.odd.disordered += u32::from(latest.is_some_and(|latest| received > latest));
                    latest = Some(received);
                }
                if known.is_none() && may_hold_others && partial.is_bare() {
                    continue;
                }
                // Listed in this folder's page, so it lies here unless it says otherwise.
                let place = partial.folder.get_or_insert_with(|| folder.clone());
                applied.odd.elsewhere += u32::from(place != folder);
                let moves = known.as_ref().filter(|known| known.folder != *place);
                if moves.is_some_and(|known| asked.overtaken.contains(&known.folder)) {
                    // Which of the two is older, nobody knows: the message itself is asked.
                    applied.unknown.push(id);
                    continue;
                }
                let row = match known {
                    Some(known) => Some(partial.over(known)),
                    None => partial.whole(folder),
                };
                match row {
                    Some(row) => {
                        rows.insert(id, (row, true));
                    }
                    None => {
                        applied.odd.partial += 1;
                        applied.unknown.push(id);
                    }
                }
            }
        }
    }
    if let Some(cursor) = cursor {
        // What could not be fetched is asked for again after the next round.
        claimed.extend(applied.unknown.iter().map(ToString::to_string));
        let next = match page.place {
            Place::Next(link) => {
                applied.more = true;
                applied.odd.empty += u32::from(ids.is_empty());
                Cursor { link: Some(link), complete: cursor.complete, seen, claimed }
            }
            Place::Delta(link) => {
                if let Some(seen) = seen {
                    sweep(store, folder, &seen, &mut rows).await?;
                }
                // They stay claimed until they were looked at.
                applied.unknown = claimed.iter().map(MessageId::new).collect();
                Cursor { link: Some(link), complete: true, seen: None, claimed }
            }
            Place::End => return Err(GraphError::Malformed { what: "a delta page" }.into()),
        };
        applied.writes.push(Write::Cursor(CursorKey::Messages(folder.clone()), next));
    }
    for (id, (row, listed)) in rows {
        let mail_can_be_of = FIRST_MAIL..asked.answered.after(TOMORROW);
        applied.odd.out_of_time += u32::from(listed && !mail_can_be_of.contains(&row.received));
        if listed && applied.oldest.is_none_or(|oldest| row.received < oldest) {
            applied.oldest = Some(row.received);
        }
        // What a sweep found lies in the list it was found in.
        let known = stored.get(&id).map(|known| &known.0);
        if listed && known.is_some_and(|known| body_may_differ(known, &row)) {
            applied.writes.push(Write::RemoveBody(id.clone()));
            applied.bodies.push(id.clone());
        }
        if listed && known == Some(&row) && !detached.contains(&id) {
            continue;
        }
        if listed && known.is_none() {
            applied.added += 1;
        }
        applied.folders.extend(known.map(|known| known.folder.clone()));
        applied.folders.insert(row.folder.clone());
        applied.writes.push(if listed { Write::Message(Box::new(row)) } else { Write::Detach(Box::new(row)) });
    }
    Ok(applied)
}

/// Whether a message that the server names again may have another body than before. A draft's text changes beyond what its
/// row shows, so that each naming counts; other mail hardly ever changes, and then in what its row shows. A read mark or a
/// flag alone is no reason to fetch a body again.
pub(crate) fn body_may_differ(before: &Message, after: &Message) -> bool {
    before.is_draft
        || after.is_draft
        || before.has_attachments != after.has_attachments
        || before.subject != after.subject
        || before.preview != after.preview
}

/// Takes off the list what a whole new round never named.
async fn sweep<S: Store>(
    store: &S,
    folder: &FolderId,
    seen: &BTreeSet<String>,
    rows: &mut BTreeMap<MessageId, (Message, bool)>,
) -> Result<(), Error> {
    const WINDOW: u32 = 500;
    let mut skip = 0;
    loop {
        let window = store.messages(folder, skip, WINDOW).await?;
        if window.is_empty() {
            return Ok(());
        }
        for row in window {
            if !seen.contains(row.id.as_str()) && !rows.contains_key(&row.id) {
                rows.insert(row.id.clone(), (row, false));
            }
        }
        skip += WINDOW;
    }
}

/// What a page of folders comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppliedFolders {
    /// The folders and the cursor, for one commit.
    pub writes: Vec<Write>,
    /// The folders whose counts moved, so that their messages are worth asking for.
    pub moved: Vec<FolderId>,
    /// Whether the round goes on.
    pub more: bool,
}

/// Lays a page of the folder tree over the store. `roles` says which folder plays which role.
///
/// # Errors
/// As [`apply_messages`].
pub async fn apply_folders<S: Store>(
    store: &S,
    page: FolderPage,
    cursor: Cursor,
    roles: &BTreeMap<FolderId, FolderRole>,
) -> Result<AppliedFolders, Error> {
    let mut applied = AppliedFolders::default();
    let mut known: BTreeMap<FolderId, Folder> =
        gathered(store.folders().await?.into_iter().map(|folder| (folder.id.clone(), folder)));
    let mut seen = cursor.seen;
    for change in page.changes {
        let id = match &change {
            FolderChange::Removed(id) => {
                known.remove(id);
                applied.writes.push(Write::RemoveFolder(id.clone()));
                applied.writes.push(Write::RemoveCursor(CursorKey::Messages(id.clone())));
                continue;
            }
            FolderChange::Changed { id, .. } => id.clone(),
        };
        if let Some(seen) = &mut seen {
            seen.insert(id.to_string());
        }
        let before = known.get(&id).cloned();
        let Some(mut folder) = change.over(before.clone()) else { continue };
        folder.role = roles.get(&id).copied().or(folder.role);
        if before.as_ref() == Some(&folder) {
            continue;
        }
        if before.is_none_or(|before| (before.total, before.unread) != (folder.total, folder.unread)) {
            applied.moved.push(id.clone());
        }
        applied.writes.push(Write::Folder(folder.clone()));
        known.insert(id, folder);
    }
    let next = match page.place {
        Place::Next(link) => {
            applied.more = true;
            Cursor { link: Some(link), complete: cursor.complete, seen, claimed: cursor.claimed }
        }
        Place::Delta(link) => {
            for id in known.keys().filter(|id| seen.as_ref().is_some_and(|seen| !seen.contains(id.as_str()))) {
                applied.writes.push(Write::RemoveFolder(id.clone()));
                applied.writes.push(Write::RemoveCursor(CursorKey::Messages(id.clone())));
            }
            Cursor { link: Some(link), complete: true, seen: None, claimed: cursor.claimed }
        }
        Place::End => return Err(GraphError::Malformed { what: "a delta page of folders" }.into()),
    };
    applied.writes.push(Write::Cursor(CursorKey::Folders, next));
    Ok(applied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Service;
    use crate::store::contract::{folder, message};
    use crate::store::{Commit, MemoryStore};
    use futures::executor::block_on;
    use serde_json::{Value, json};

    fn page(items: Value, place: (&str, &str)) -> MessagePage {
        let mut body = json!({ "value": items });
        body[place.0] = json!(place.1);
        let call = Service::new("https://g").message_changes(&FolderId::new("f"), None);
        call.read(&http::Response::new(body.to_string().into_bytes())).unwrap()
    }

    const DELTA: (&str, &str) = ("@odata.deltaLink", "https://g/d");
    const NEXT: (&str, &str) = ("@odata.nextLink", "https://g/n");

    fn run(store: &MemoryStore, items: Value, place: (&str, &str), cursor: Cursor) -> Applied {
        let applied =
            block_on(apply_messages(store, &folder("f", None), page(items, place), Some(cursor), Asked::default()))
                .unwrap();
        block_on(store.commit(Commit::relaxed(applied.writes.clone()))).unwrap();
        applied
    }

    fn store_with(ids: &[(&str, &str)]) -> MemoryStore {
        let store = MemoryStore::new();
        let rows = ids.iter().map(|(id, folder)| Write::Message(Box::new(message(id, folder, 1)))).collect();
        block_on(store.commit(Commit::relaxed(rows))).unwrap();
        store
    }

    fn row(store: &MemoryStore, id: &str) -> Option<Message> {
        block_on(store.message(&MessageId::new(id))).unwrap()
    }

    #[test]
    fn a_partial_update_keeps_the_rest() {
        let store = store_with(&[("m", "f")]);
        run(&store, json!([{ "id": "m", "isRead": "true", "parentFolderId": "f" }]), DELTA, Cursor::start(false));
        let known = row(&store, "m").unwrap();
        assert!(known.is_read);
        assert_eq!(known.subject, "Subject of m");
        assert_eq!(known.from.unwrap().name, "Grace");
    }

    #[test]
    fn a_tombstone_counts_only_in_its_own_folder() {
        let store = store_with(&[("moved", "g"), ("gone", "f")]);
        let items = json!([{ "id": "moved", "@removed": { "reason": "deleted" } }, { "id": "gone", "@removed": { "reason": "changed" } }, { "id": "never", "@removed": {} }]);
        run(&store, items, DELTA, Cursor::start(false));
        assert_eq!(block_on(store.detached()).unwrap(), [MessageId::new("gone")]);
        assert_eq!(row(&store, "moved").unwrap().folder.as_str(), "g");
    }

    #[test]
    fn a_message_that_was_never_seen_and_is_told_as_gone_is_looked_for_unless_the_round_is_the_first() {
        let store = MemoryStore::new();
        let items = json!([{ "id": "back", "@removed": { "reason": "deleted" } }]);
        assert_eq!(run(&store, items.clone(), DELTA, Cursor::start(false)).unknown, []);
        let told = Cursor { complete: true, ..Cursor::start(false) };
        assert_eq!(run(&store, items, DELTA, told).unknown, [MessageId::new("back")]);
    }

    #[test]
    fn a_claim_that_the_round_names_is_settled_and_one_that_it_does_not_is_looked_at() {
        let store = store_with(&[("came", "f"), ("left", "f")]);
        let claimed = BTreeSet::from(["came".to_owned(), "left".to_owned()]);
        let first =
            run(&store, json!([{ "id": "came", "isRead": true }]), NEXT, Cursor { claimed, ..Cursor::start(false) });
        assert_eq!(first.unknown, [], "the round is not over");
        let cursor = block_on(store.cursor(&CursorKey::Messages(FolderId::new("f")))).unwrap().unwrap();
        assert_eq!(run(&store, json!([]), DELTA, cursor).unknown, [MessageId::new("left")]);
        let cursor = block_on(store.cursor(&CursorKey::Messages(FolderId::new("f")))).unwrap().unwrap();
        assert_eq!(cursor.claimed, BTreeSet::from(["left".to_owned()]), "until it was looked at");
    }

    #[test]
    fn removed_and_back_in_one_page_is_back() {
        let store = store_with(&[("m", "f")]);
        run(&store, json!([{ "id": "m", "@removed": {} }, { "id": "m", "isRead": true }]), DELTA, Cursor::start(false));
        assert_eq!(block_on(store.detached()).unwrap(), []);
        assert_eq!(block_on(store.count(&FolderId::new("f"))).unwrap(), 1);
    }

    #[test]
    fn what_is_unknown_and_said_in_part_is_fetched() {
        let store = MemoryStore::new();
        let items = json!([{ "id": "part", "isRead": true }, { "id": "odd", "receivedDateTime": "2026-01-01T00:00:00Z", "subject": null, "isRead": 7, "toRecipients": "nobody", "flag": [] }]);
        let applied = run(&store, items, NEXT, Cursor::start(false));
        assert_eq!(applied.unknown, [MessageId::new("part")]);
        assert!(applied.more);
        assert_eq!(row(&store, "odd").unwrap().subject, "");
    }

    #[test]
    fn only_deleted_items_holds_contacts_and_a_mail_from_nobody_stays_mail() {
        let bare = json!({ "id": "bare", "from": null, "toRecipients": [], "receivedDateTime": "2026-01-01T00:00:00Z", "subject": "x" });
        let mut mail = bare.clone();
        mail["id"] = json!("mail");
        mail["internetMessageId"] = json!("<1@harbor.example>");
        let deleted = folder("f", Some(FolderRole::Deleted));
        for (at, listed) in [(deleted, 1), (folder("f", None), 2)] {
            let store = MemoryStore::new();
            let page = page(json!([bare, mail]), DELTA);
            let applied =
                block_on(apply_messages(&store, &at, page, Some(Cursor::start(false)), Asked::default())).unwrap();
            block_on(store.commit(Commit::relaxed(applied.writes))).unwrap();
            assert_eq!(block_on(store.count(&FolderId::new("f"))).unwrap(), listed);
            assert!(row(&store, "mail").is_some());
        }
    }

    #[test]
    fn a_known_mail_stays_known_however_little_is_said_of_it() {
        let store = store_with(&[("m", "g")]);
        let items = page(json!([{ "id": "m", "from": null, "toRecipients": [] }]), DELTA);
        let deleted = folder("f", Some(FolderRole::Deleted));
        let applied =
            block_on(apply_messages(&store, &deleted, items, Some(Cursor::start(false)), Asked::default())).unwrap();
        block_on(store.commit(Commit::relaxed(applied.writes))).unwrap();
        assert_eq!(row(&store, "m").unwrap().folder.as_str(), "f");
    }

    #[test]
    fn a_lost_cursor_sweeps_what_the_new_round_never_names() {
        let store = store_with(&[("kept", "f"), ("gone", "f"), ("elsewhere", "g")]);
        run(&store, json!([{ "id": "kept", "isRead": true }]), NEXT, Cursor::start(true));
        assert_eq!(block_on(store.detached()).unwrap(), [], "nothing is swept before the round is complete");
        let cursor = block_on(store.cursor(&CursorKey::Messages(FolderId::new("f")))).unwrap().unwrap();
        run(&store, json!([]), DELTA, cursor);
        assert_eq!(block_on(store.detached()).unwrap(), [MessageId::new("gone")]);
        assert_eq!(row(&store, "elsewhere").unwrap().folder.as_str(), "g");
    }

    #[test]
    fn a_repeated_page_changes_nothing() {
        let store = store_with(&[("m", "f")]);
        let items = json!([{ "id": "m", "isRead": true }]);
        run(&store, items.clone(), DELTA, Cursor::start(false));
        let again = run(&store, items, DELTA, Cursor::start(false));
        assert_eq!(again.folders, BTreeSet::new());
        assert_eq!(again.writes.len(), 1, "only the cursor");
    }

    #[test]
    fn a_page_older_than_what_is_known_of_another_folder_moves_nothing_and_has_it_looked_at() {
        let store = store_with(&[("m", "g"), ("n", "h")]);
        let overtaken = [FolderId::new("g")];
        let items = page(json!([{ "id": "m", "isRead": true }, { "id": "n", "isRead": true }]), NEXT);
        let asked = Asked { overtaken: &overtaken, ..Asked::default() };
        let applied =
            block_on(apply_messages(&store, &folder("f", None), items, Some(Cursor::start(false)), asked)).unwrap();
        assert_eq!(applied.unknown, [MessageId::new("m")]);
        block_on(store.commit(Commit::relaxed(applied.writes))).unwrap();
        assert_eq!(row(&store, "m").unwrap().folder.as_str(), "g");
        assert_eq!(row(&store, "n").unwrap().folder.as_str(), "f");
    }

    #[test]
    fn what_is_odd_about_a_page_is_counted_and_its_rows_are_kept() {
        let dated = |id: &str, at: &str| json!({ "id": id, "subject": "x", "receivedDateTime": at });
        let mut elsewhere = dated("elsewhere", "2026-01-01T00:00:00Z");
        elsewhere["parentFolderId"] = json!("g");
        let items = json!([
            dated("old", "0001-01-01T00:00:00Z"), dated("new", "9999-12-31T23:59:59Z"), elsewhere,
            { "subject": "nobody's" }, { "id": "long", "subject": "x".repeat(10_000_000), "receivedDateTime": "2026-01-01T00:00:00Z" },
        ]);
        let store = MemoryStore::new();
        let answered = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
        let asked = Asked { answered, overtaken: &[] };
        let at = folder("f", None);
        let applied =
            block_on(apply_messages(&store, &at, page(items, DELTA), Some(Cursor::start(false)), asked)).unwrap();
        assert_eq!(
            applied.odd,
            Odd { unusable: 1, cut: 1, elsewhere: 1, out_of_time: 2, disordered: 1, ..Odd::default() }
        );
        block_on(store.commit(Commit::relaxed(applied.writes))).unwrap();
        assert_eq!(block_on(store.count(&at.id)).unwrap(), 3);
        assert_eq!(block_on(store.count(&FolderId::new("g"))).unwrap(), 1);
        assert!(row(&store, "long").unwrap().subject.len() < 5000);
    }

    #[test]
    fn a_delta_page_that_leads_nowhere_is_refused() {
        let lost = MessagePage { changes: Vec::new(), place: Place::End, unusable: 0, cut: 0 };
        let result = block_on(apply_messages(
            &MemoryStore::new(),
            &folder("f", None),
            lost,
            Some(Cursor::start(false)),
            Asked::default(),
        ));
        assert_eq!(result, Err(Error::Graph(GraphError::Malformed { what: "a delta page" })));
    }
}
