//! Writing: a commit becomes one batch. Small records are written blindly; for rows the records they touch are read first,
//! in three rounds however many rows there are.

use super::attachments::{self, Deed};
use super::change::{Change, Fate};
use super::read::Question;
use super::records::{Batch, Key, Records, Step, Table};
use super::shelf;
use super::shelving::Move;
use super::{PackedStore, small};
use crate::id::{FolderId, MessageId};
use crate::store::{Commit, StoreError, Write};
use crate::sync::CursorKey;
use crate::time::Timestamp;

impl<R: Records> PackedStore<R> {
    /// Writes what any tab may write: the outbox and the drafts. Apart from [`Store::commit`](crate::store::Store::commit),
    /// so that a program that writes nothing else need not carry what changing lists takes.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when something else is among the writes; any other [`StoreError`] when nothing was written.
    pub async fn commit_own(&self, commit: Commit) -> Result<(), StoreError> {
        let mut steps = Vec::with_capacity(commit.writes.len());
        for write in &commit.writes {
            steps.push(own_step(write)?.ok_or(StoreError::Fenced)?);
        }
        self.records.commit(Batch { steps, durability: commit.durability, fence: commit.fence }).await
    }

    pub(super) async fn write(&self, commit: Commit) -> Result<(), StoreError> {
        let Commit { writes, durability, fence } = commit;
        let turn = if writes.iter().any(touches_lists) { Some(self.turn.lock().await) } else { None };
        let mut draft = Draft::default();
        for write in &writes {
            if let Write::RemoveFolder(folder) = write {
                // Inside the turn, so that what is found is what is removed.
                let listed = self.find(Question::Window(Some(folder.clone()), 0, u32::MAX)).await?.rows;
                let detached = self.find(Question::Window(None, 0, u32::MAX)).await?.rows;
                let detached = detached.into_iter().filter(|row| row.folder == *folder);
                draft.stored.push((folder.clone(), listed.into_iter().chain(detached).map(|row| row.id).collect()));
            }
        }
        for write in writes {
            let record = if let Write::Body(_, body) = &write { self.body_record(body).await? } else { Vec::new() };
            draft.add(write, record)?;
        }
        let mut steps = draft.steps;
        if turn.is_some() {
            let mut change = Change::new(self.shape, draft.fates, steps);
            let mut keys = change.places();
            keys.push(shelf::ledger());
            let mut places = self.records.read(keys).await?;
            let ledger = places.pop().flatten();
            let directories = change.take_places(places)?;
            if ledger.is_some() || !draft.bodies.is_empty() {
                let shares = ledger.as_deref().map(shelf::decode).transpose()?;
                let strays = matches!(&shares, Some(Some(shares)) if shelf::has_strays(shares));
                let moves = self.moves(&change, draft.bodies, strays).await?;
                if !moves.is_empty() || draft.before.is_some() {
                    self.shelve(shares, moves, draft.before, &mut change.steps).await?;
                }
            }
            let directories = if directories.is_empty() { Vec::new() } else { self.records.read(directories).await? };
            if !draft.attachments.is_empty() {
                let index = self.records.read(vec![attachments::index()]).await?.pop().flatten();
                attachments::carry_out(index.as_deref(), draft.attachments, &mut change.steps)?;
            }
            let leaves = change.take_directories(directories)?;
            let leaves = if leaves.is_empty() { Vec::new() } else { self.records.read(leaves).await? };
            change.take_leaves(leaves)?;
            self.write_conversations(&mut change).await?;
            steps = change.finish();
        }
        self.records.commit(Batch { steps, durability, fence }).await
    }

    /// The bodies that are written or dropped, and those whose rows go elsewhere; with `strays`, bodies of unknown messages, any
    /// row may be the one.
    async fn moves(
        &self,
        change: &Change,
        bodies: Vec<(MessageId, Option<u64>)>,
        strays: bool,
    ) -> Result<Vec<Move>, StoreError> {
        let mut moves = Vec::new();
        let mut alone = vec![true; bodies.len()];
        for (id, row, before, stays) in change.journeys() {
            let known = bodies.binary_search_by(|body| body.0.cmp(id)).ok();
            if let Some(alone) = known.and_then(|at| alone.get_mut(at)) {
                *alone = false;
            }
            let bytes = known.and_then(|at| bodies.get(at)).map(|body| body.1);
            if bytes.is_some() || !stays || strays {
                let row = row.map(|row| (row.folder.clone(), row.received.millis()));
                moves.push(Move { id: id.clone(), before, row, bytes });
            }
        }
        let bodies: Vec<_> = bodies.into_iter().zip(alone).filter(|body| body.1).map(|body| body.0).collect();
        if bodies.is_empty() {
            return Ok(moves);
        }
        let ids = bodies.iter().map(|body| body.0.clone()).collect();
        let rows = self.find(Question::Rows(ids)).await?.rows;
        for (id, bytes) in bodies {
            let row = rows.iter().find(|row| row.id == id).map(|row| (row.folder.clone(), row.received.millis()));
            let before = row.iter().map(|row| row.1).collect();
            moves.push(Move { id, before, row, bytes: Some(bytes) });
        }
        Ok(moves)
    }
}

/// Whether a write changes lists, bodies or attachments, or says that a list is whole, which it need not be when it was found damaged.
fn touches_lists(write: &Write) -> bool {
    match write {
        Write::RemoveFolder(_)
        | Write::Message(_)
        | Write::Detach(_)
        | Write::RemoveMessage(_)
        | Write::Body(..)
        | Write::RemoveBody(_)
        | Write::DropBodies(_)
        | Write::Attachment(..)
        | Write::UseAttachment(..)
        | Write::DropAttachment(_)
        | Write::Cursor(CursorKey::Messages(_), _) => true,
        Write::Folder(_)
        | Write::Keep(_)
        | Write::Cursor(CursorKey::Folders, _)
        | Write::RemoveCursor(_)
        | Write::Op(_)
        | Write::RemoveOp(_)
        | Write::Draft(_)
        | Write::RemoveDraft(_)
        | Write::Account(_)
        | Write::RefreshToken(_)
        | Write::RemoveRefreshToken
        | Write::SignIn(_)
        | Write::RemoveSignIn(_) => false,
    }
}

/// What any tab may write, as a step; `None` for the rest.
fn own_step(write: &Write) -> Result<Option<Step>, StoreError> {
    let key = |table, name: &str| Key::new(table, name);
    Ok(Some(match write {
        Write::Op(op) => Step::Put(key(Table::Ops, op.id.as_str()), small::encode(op)?),
        Write::RemoveOp(id) => Step::Delete(key(Table::Ops, id.as_str())),
        Write::Draft(draft) => Step::Put(key(Table::Drafts, draft.id.as_str()), small::encode(draft)?),
        Write::RemoveDraft(id) => Step::Delete(key(Table::Drafts, id.as_str())),
        Write::Keep(keep) => Step::Put(small::keep(), small::encode_keep(*keep)),
        Write::Folder(_)
        | Write::RemoveFolder(_)
        | Write::Message(_)
        | Write::Detach(_)
        | Write::RemoveMessage(_)
        | Write::Body(..)
        | Write::RemoveBody(_)
        | Write::DropBodies(_)
        | Write::Attachment(..)
        | Write::UseAttachment(..)
        | Write::DropAttachment(_)
        | Write::Cursor(..)
        | Write::RemoveCursor(_)
        | Write::Account(_)
        | Write::RefreshToken(_)
        | Write::RemoveRefreshToken
        | Write::SignIn(_)
        | Write::RemoveSignIn(_) => return Ok(None),
    }))
}

/// A commit on its way to a batch.
#[derive(Default)]
struct Draft {
    /// The messages stored in the folders to be removed.
    stored: Vec<(FolderId, Vec<MessageId>)>,
    /// What becomes of each message in the end, ordered by id.
    fates: Vec<(MessageId, Fate)>,
    /// Bodies written, with their bytes, and dropped, ordered by id.
    bodies: Vec<(MessageId, Option<u64>)>,
    /// All bodies of messages received before are dropped.
    before: Option<Timestamp>,
    /// What is done to attachments, in order.
    attachments: Vec<Deed>,
    steps: Vec<Step>,
}

impl Draft {
    fn body(&mut self, id: MessageId, bytes: Option<u64>) {
        match self.bodies.binary_search_by(|known| known.0.cmp(&id)) {
            Ok(at) => {
                if let Some(known) = self.bodies.get_mut(at) {
                    known.1 = bytes;
                }
            }
            Err(at) => self.bodies.insert(at, (id, bytes)),
        }
    }

    fn put(&mut self, key: Key, record: Result<Vec<u8>, StoreError>) -> Result<(), StoreError> {
        self.steps.push(Step::Put(key, record?));
        Ok(())
    }

    fn delete(&mut self, table: Table, name: &str) {
        self.steps.push(Step::Delete(Key::new(table, name)));
    }

    fn fate(&mut self, id: MessageId, fate: Fate) {
        match self.fates.binary_search_by(|known| known.0.cmp(&id)) {
            Ok(at) => {
                if let Some(known) = self.fates.get_mut(at) {
                    known.1 = fate;
                }
            }
            Err(at) => self.fates.insert(at, (id, fate)),
        }
    }

    fn remove(&mut self, id: MessageId) {
        self.delete(Table::Bodies, id.as_str());
        self.body(id.clone(), None);
        self.attachments.push(Deed::DropOf(id.clone()));
        self.fate(id, Fate::Removed);
    }

    fn remove_folder(&mut self, folder: &FolderId) {
        let mut gone: Vec<MessageId> = Vec::new();
        for (id, fate) in &self.fates {
            if fate.row().is_some_and(|row| row.folder == *folder) {
                gone.push(id.clone());
            }
        }
        for (_, stored) in self.stored.iter().filter(|(known, _)| known == folder) {
            // What this commit did to a message before is what counts.
            let untouched = |id: &&MessageId| self.fates.binary_search_by(|known| known.0.cmp(id)).is_err();
            gone.extend(stored.iter().filter(untouched).cloned());
        }
        for id in gone {
            self.remove(id);
        }
        self.delete(Table::Folders, folder.as_str());
    }

    /// Adds a write; `record` is the one of its body, if it has one.
    fn add(&mut self, write: Write, record: Vec<u8>) -> Result<(), StoreError> {
        match write {
            Write::Folder(folder) => {
                self.put(Key::new(Table::Folders, folder.id.as_str()), small::encode(&folder))?;
            }
            Write::RemoveFolder(folder) => self.remove_folder(&folder),
            Write::Message(row) => self.fate(row.id.clone(), Fate::Listed(row)),
            Write::Detach(row) => self.fate(row.id.clone(), Fate::Detached(row)),
            Write::RemoveMessage(id) => self.remove(id),
            Write::Body(id, _) => {
                self.body(id.clone(), Some(record.len() as u64));
                self.put(Key::new(Table::Bodies, id.as_str()), Ok(record))?;
            }
            Write::RemoveBody(id) => {
                self.delete(Table::Bodies, id.as_str());
                self.body(id, None);
            }
            Write::DropBodies(before) => self.before = self.before.max(Some(before)),
            Write::Attachment(key, bytes, used) => self.attachments.push(Deed::Keep(key, bytes, used)),
            Write::UseAttachment(key, used) => self.attachments.push(Deed::Use(key, used)),
            Write::DropAttachment(key) => self.attachments.push(Deed::Drop(key)),
            Write::Cursor(key, cursor) => self.put(small::cursor(&key), small::encode(&cursor))?,
            Write::RemoveCursor(key) => self.steps.push(Step::Delete(small::cursor(&key))),
            Write::Account(account) => self.put(Key::new(Table::Meta, small::ACCOUNT), small::encode(&account))?,
            Write::RefreshToken(token) => {
                self.put(Key::new(Table::Secrets, small::REFRESH_TOKEN), small::encode(&token))?;
            }
            Write::RemoveRefreshToken => self.delete(Table::Secrets, small::REFRESH_TOKEN),
            Write::SignIn(pending) => self.put(small::sign_in(&pending.state), small::encode(&pending))?,
            Write::RemoveSignIn(state) => self.steps.push(Step::Delete(small::sign_in(&state))),
            own @ (Write::Op(_) | Write::RemoveOp(_) | Write::Draft(_) | Write::RemoveDraft(_) | Write::Keep(_)) => {
                self.steps.extend(own_step(&own)?);
            }
        }
        Ok(())
    }
}
