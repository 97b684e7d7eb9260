//! The store in memory: the twin of the one in the browser, for native tests.
//! It keeps the same promises and passes the same contract.

use super::room::{BodyShare, Keep, KeptAttachment, UNKNOWN_WEEK, week};
use super::{
    Commit, ConversationStretch, Draft, Epoch, PendingSignIn, Rank, RefreshToken, RowKey, Store, StoreError, Stretch,
    Write,
};
use crate::id::{ConversationId, DraftId, FolderId, MessageId, OpId};
use crate::model::{Account, AttachmentKey, Body, Conversation, Folder, Message};
use crate::outbox::Op;
use crate::sync::{Cursor, CursorKey};
use crate::time::Timestamp;
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default)]
struct Contents {
    folders: BTreeMap<FolderId, Folder>,
    messages: BTreeMap<MessageId, Message>,
    detached: BTreeSet<MessageId>,
    bodies: BTreeMap<MessageId, Body>,
    attachments: BTreeMap<AttachmentKey, (Vec<u8>, Timestamp)>,
    cursors: BTreeMap<CursorKey, Cursor>,
    ops: BTreeMap<OpId, Op>,
    drafts: BTreeMap<DraftId, Draft>,
    account: Option<Account>,
    refresh_token: Option<RefreshToken>,
    sign_ins: BTreeMap<String, PendingSignIn>,
    keep: Keep,
    epoch: u32,
}

/// A store in memory. A clone of what it holds survives a simulated crash by [`MemoryStore::restarted`].
#[derive(Debug, Default)]
pub struct MemoryStore {
    contents: RefCell<Contents>,
    fail_commits_from: Cell<Option<u32>>,
    commits: Cell<u32>,
    room: Cell<Option<u64>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a new process finds after this one died.
    pub fn restarted(&self) -> Self {
        Self { contents: RefCell::new(self.contents.borrow().clone()), ..Self::default() }
    }

    /// Lets the commit with this number (counted from 0) and all later ones fail, as if the process died before them.
    pub fn fail_commits_from(&self, number: u32) {
        self.fail_commits_from.set(Some(number));
    }

    /// How many commits were asked for.
    pub fn commits(&self) -> u32 {
        self.commits.get()
    }

    /// Lets the device have room for so many bytes of bodies, attachments, outbox and drafts: a commit that would take more finds it full.
    pub fn has_room_for(&self, bytes: Option<u64>) {
        self.room.set(bytes);
    }

    /// The bytes of bodies, attachments, outbox and drafts.
    pub fn taken(&self) -> u64 {
        taken(&self.contents.borrow())
    }

    fn in_folder(&self, folder: &FolderId) -> Vec<Message> {
        let contents = self.contents.borrow();
        let mut rows: Vec<_> = contents.listed().filter(|row| row.folder == *folder).cloned().collect();
        rows.sort_by(|a, b| b.received.cmp(&a.received).then_with(|| a.id.cmp(&b.id)));
        rows
    }

    fn conversations_in(&self, folder: Option<&FolderId>) -> Vec<Conversation> {
        let contents = self.contents.borrow();
        let mut rows: BTreeMap<&str, Vec<&Message>> = BTreeMap::new();
        for row in contents.listed().filter(|row| folder.is_none_or(|folder| row.folder == *folder)) {
            rows.entry(row.conversation_key()).or_default().push(row);
        }
        let mut conversations: Vec<_> = rows.into_values().filter_map(Conversation::of).collect();
        conversations.sort_by(|a, b| b.received.cmp(&a.received).then_with(|| a.id.cmp(&b.id)));
        conversations
    }
}

impl Contents {
    fn listed(&self) -> impl Iterator<Item = &Message> {
        self.messages.values().filter(|row| !self.detached.contains(&row.id))
    }
}

impl Store for MemoryStore {
    async fn folders(&self) -> Result<Vec<Folder>, StoreError> {
        Ok(self.contents.borrow().folders.values().cloned().collect())
    }

    async fn messages(&self, folder: &FolderId, skip: u32, limit: u32) -> Result<Vec<Message>, StoreError> {
        Ok(self.in_folder(folder).into_iter().skip(skip as usize).take(limit as usize).collect())
    }

    async fn stretch(&self, folder: &FolderId, skip: u32, limit: u32, keys: &[RowKey]) -> Result<Stretch, StoreError> {
        let rows = self.in_folder(folder);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let ranks = keys.iter().map(|key| Rank {
            place: number(rows.iter().filter(|row| key.order(row) == Ordering::Less).count()),
            listed: rows.iter().any(|row| key.order(row) == Ordering::Equal),
        });
        Ok(Stretch {
            ranks: ranks.collect(),
            total: number(rows.len()),
            rows: rows.into_iter().skip(skip as usize).take(limit as usize).collect(),
        })
    }

    async fn count(&self, folder: &FolderId) -> Result<u32, StoreError> {
        Ok(u32::try_from(self.in_folder(folder).len()).unwrap_or(u32::MAX))
    }

    async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        Ok(self.contents.borrow().messages.get(id).cloned())
    }

    async fn rows(&self, ids: &[MessageId]) -> Result<Vec<Message>, StoreError> {
        let contents = self.contents.borrow();
        Ok(ids
            .iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .filter_map(|id| contents.messages.get(id).cloned())
            .collect())
    }

    async fn conversations(
        &self,
        folder: Option<&FolderId>,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Conversation>, StoreError> {
        Ok(self.conversations_in(folder).into_iter().skip(skip as usize).take(limit as usize).collect())
    }

    async fn conversation_stretch(
        &self,
        folder: &FolderId,
        skip: u32,
        limit: u32,
        keys: &[RowKey],
    ) -> Result<ConversationStretch, StoreError> {
        let all = self.conversations_in(Some(folder));
        let rank = |key: &RowKey| {
            let place = all.iter().filter(|known| key.order_of(&RowKey::of_conversation(known)).is_lt()).count();
            let listed = all.iter().any(|known| RowKey::of_conversation(known) == *key);
            Rank { place: u32::try_from(place).unwrap_or(u32::MAX), listed }
        };
        let (ranks, total) = (keys.iter().map(rank).collect(), u32::try_from(all.len()).unwrap_or(u32::MAX));
        let contents = self.contents.borrow();
        let part = all.into_iter().skip(skip as usize).take(limit as usize);
        let conversations = part.filter_map(|each| Some((contents.messages.get(&each.latest)?.clone(), each)));
        Ok(ConversationStretch { conversations: conversations.map(|(row, each)| (each, row)).collect(), total, ranks })
    }

    async fn conversation_count(&self, folder: Option<&FolderId>) -> Result<u32, StoreError> {
        Ok(u32::try_from(self.conversations_in(folder).len()).unwrap_or(u32::MAX))
    }

    async fn conversation_rows(&self, ids: &[ConversationId]) -> Result<Vec<Message>, StoreError> {
        let contents = self.contents.borrow();
        let asked = |row: &&Message| ids.iter().any(|id| id.as_str() == row.conversation_key());
        let mut rows: Vec<_> = contents.listed().filter(asked).cloned().collect();
        rows.sort_by(|a, b| a.received.cmp(&b.received).then_with(|| a.id.cmp(&b.id)));
        Ok(rows)
    }

    async fn detached(&self) -> Result<Vec<MessageId>, StoreError> {
        Ok(self.contents.borrow().detached.iter().cloned().collect())
    }

    async fn body(&self, id: &MessageId) -> Result<Option<Body>, StoreError> {
        Ok(self.contents.borrow().bodies.get(id).cloned())
    }

    async fn holds_body(&self, id: &MessageId) -> Result<bool, StoreError> {
        Ok(self.contents.borrow().bodies.contains_key(id))
    }

    async fn bodies_missing(&self, rows: &[Message]) -> Result<Vec<MessageId>, StoreError> {
        let contents = self.contents.borrow();
        Ok(rows.iter().map(|row| &row.id).filter(|id| !contents.bodies.contains_key(*id)).cloned().collect())
    }

    async fn body_shares(&self) -> Result<Vec<BodyShare>, StoreError> {
        let contents = self.contents.borrow();
        let mut shares = Vec::new();
        for (id, body) in &contents.bodies {
            let row = contents.messages.get(id);
            let week = row.map_or(UNKNOWN_WEEK, |row| week(row.received));
            BodyShare::count(&mut shares, week, row.map(|row| &row.folder), body_bytes(body));
        }
        Ok(shares)
    }

    async fn attachment(&self, key: &AttachmentKey) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.contents.borrow().attachments.get(key).map(|(bytes, _)| bytes.clone()))
    }

    async fn attachments(&self) -> Result<Vec<KeptAttachment>, StoreError> {
        let kept = self.contents.borrow();
        let kept = kept.attachments.iter().map(|(key, (bytes, used))| KeptAttachment {
            key: key.clone(),
            bytes: bytes.len() as u64,
            used: *used,
        });
        Ok(kept.collect())
    }

    async fn keep(&self) -> Result<Keep, StoreError> {
        Ok(self.contents.borrow().keep)
    }

    async fn ops(&self) -> Result<Vec<Op>, StoreError> {
        Ok(self.contents.borrow().ops.values().cloned().collect())
    }

    async fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        let mut drafts: Vec<_> = self.contents.borrow().drafts.values().cloned().collect();
        drafts.sort_by_key(|draft| draft.changed);
        Ok(drafts)
    }

    async fn cursor(&self, key: &CursorKey) -> Result<Option<Cursor>, StoreError> {
        Ok(self.contents.borrow().cursors.get(key).cloned())
    }

    async fn account(&self) -> Result<Option<Account>, StoreError> {
        Ok(self.contents.borrow().account.clone())
    }

    async fn refresh_token(&self) -> Result<Option<RefreshToken>, StoreError> {
        Ok(self.contents.borrow().refresh_token.clone())
    }

    async fn sign_in(&self, state: &str) -> Result<Option<PendingSignIn>, StoreError> {
        Ok(self.contents.borrow().sign_ins.get(state).cloned())
    }

    async fn lead(&self) -> Result<Epoch, StoreError> {
        let mut contents = self.contents.borrow_mut();
        contents.epoch += 1;
        Ok(Epoch(contents.epoch))
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let number = self.commits.get();
        self.commits.set(number + 1);
        if self.fail_commits_from.get().is_some_and(|from| number >= from) {
            return Err(StoreError::Lost);
        }
        let mut contents = self.contents.borrow_mut();
        if commit.fence.is_some_and(|fence| fence.0 != contents.epoch) {
            return Err(StoreError::Fenced);
        }
        let before = self.room.get().map(|_| (contents.clone(), taken(&contents)));
        for write in commit.writes {
            apply(&mut contents, write);
        }
        match (self.room.get(), before) {
            (Some(room), Some((before, held))) if taken(&contents) > room.max(held) => {
                *contents = before;
                Err(StoreError::Full)
            }
            (_, _) => Ok(()),
        }
    }
}

fn apply(contents: &mut Contents, write: Write) {
    match write {
        Write::Folder(folder) => {
            contents.folders.insert(folder.id.clone(), folder);
        }
        Write::RemoveFolder(id) => {
            let rows: Vec<_> =
                contents.messages.values().filter(|row| row.folder == id).map(|row| row.id.clone()).collect();
            for row in rows {
                forget(contents, &row);
            }
            contents.folders.remove(&id);
        }
        Write::Message(message) => {
            contents.detached.remove(&message.id);
            contents.messages.insert(message.id.clone(), *message);
        }
        Write::Detach(message) => {
            contents.detached.insert(message.id.clone());
            contents.messages.insert(message.id.clone(), *message);
        }
        Write::RemoveMessage(id) => forget(contents, &id),
        Write::Body(id, body) => {
            contents.bodies.insert(id, *body);
        }
        Write::RemoveBody(id) => {
            contents.bodies.remove(&id);
        }
        Write::DropBodies(before) => {
            let Contents { bodies, messages, .. } = contents;
            bodies.retain(|id, _| messages.get(id).is_some_and(|row| row.received >= before));
        }
        Write::Attachment(key, bytes, used) => {
            contents.attachments.insert(key, (bytes, used));
        }
        Write::UseAttachment(key, used) => {
            if let Some(known) = contents.attachments.get_mut(&key) {
                known.1 = used;
            }
        }
        Write::DropAttachment(key) => {
            contents.attachments.remove(&key);
        }
        Write::Keep(keep) => contents.keep = keep,
        Write::Cursor(key, cursor) => {
            contents.cursors.insert(key, cursor);
        }
        Write::RemoveCursor(key) => {
            contents.cursors.remove(&key);
        }
        Write::Op(op) => {
            contents.ops.insert(op.id.clone(), *op);
        }
        Write::RemoveOp(id) => {
            contents.ops.remove(&id);
        }
        Write::Draft(draft) => {
            contents.drafts.insert(draft.id.clone(), *draft);
        }
        Write::RemoveDraft(id) => {
            contents.drafts.remove(&id);
        }
        Write::Account(account) => contents.account = Some(account),
        Write::RefreshToken(token) => contents.refresh_token = Some(token),
        Write::RemoveRefreshToken => contents.refresh_token = None,
        Write::SignIn(pending) => {
            contents.sign_ins.insert(pending.state.clone(), pending);
        }
        Write::RemoveSignIn(state) => {
            contents.sign_ins.remove(&state);
        }
    }
}

/// The bytes of a body as the packed store writes it.
fn body_bytes(body: &Body) -> u64 {
    super::packed::encoded(body).map_or(0, |record| record.len() as u64)
}

fn taken(contents: &Contents) -> u64 {
    let bytes = |record: Result<Vec<u8>, StoreError>| record.map_or(0, |record| record.len() as u64);
    let bodies: u64 = contents.bodies.values().map(body_bytes).sum();
    let ops: u64 = contents.ops.values().map(|op| bytes(super::packed::encoded(op))).sum();
    let drafts: u64 = contents.drafts.values().map(|draft| bytes(super::packed::encoded(draft))).sum();
    let attachments: u64 = contents.attachments.values().map(|(bytes, _)| bytes.len() as u64).sum();
    bodies + attachments + ops + drafts
}

fn forget(contents: &mut Contents, id: &MessageId) {
    contents.messages.remove(id);
    contents.detached.remove(id);
    contents.bodies.remove(id);
    contents.attachments.retain(|key, _| key.message != *id);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_store_keeps_the_contract() {
        futures::executor::block_on(crate::store::contract::run(async || MemoryStore::new()));
    }
}
