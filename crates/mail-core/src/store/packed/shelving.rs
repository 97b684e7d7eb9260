//! Keeping the shelves of bodies and their ledger true: what a commit does to bodies becomes steps of the same batch.

use super::PackedStore;
use super::records::{Key, Records, Step, Table};
use super::shelf::{Entry, Shelf, decode, encode, has_strays, ledger, shelf, shelves};
use crate::id::{FolderId, MessageId};
use crate::model::Message;
use crate::store::StoreError;
use crate::store::room::{BodyShare, UNKNOWN_WEEK, WEEK, week};
use crate::time::Timestamp;

/// What becomes of a message's body.
pub(super) struct Move {
    pub(super) id: MessageId,
    /// When its row may have been received so far.
    pub(super) before: Vec<i64>,
    /// The folder of its row and when that was received, as it will be.
    pub(super) row: Option<(FolderId, i64)>,
    /// The bytes of a body that is written, `Some(None)` for one that is dropped; `None`: it goes with its row.
    pub(super) bytes: Option<Option<u64>>,
}

impl Move {
    fn keeps(&self) -> bool {
        matches!(self.bytes, Some(Some(_)))
    }

    fn week(&self) -> i64 {
        self.row.as_ref().map_or(UNKNOWN_WEEK, |(_, received)| week(Timestamp::from_millis(*received)))
    }
}

/// The shelves a commit touches, as they become.
struct Shelving {
    shares: Vec<BodyShare>,
    /// By week: the shelf, and whether it changed.
    shelves: Vec<(i64, Shelf, bool)>,
}

impl Shelving {
    /// The weeks whose shelves are needed.
    fn weeks(shares: &[BodyShare], moves: &[Move], before: Option<Timestamp>) -> Vec<i64> {
        let mut weeks: Vec<i64> = Vec::new();
        let mut add = |week: i64| {
            if let Err(at) = weeks.binary_search(&week) {
                weeks.insert(at, week);
            }
        };
        let has = |week: i64| shares.binary_search_by_key(&week, |share| share.week).is_ok();
        let unknown = has_strays(shares);
        for each in moves {
            let known = each.before.iter().map(|received| week(Timestamp::from_millis(*received)));
            let mut lies = false;
            for week in known.chain(unknown.then_some(UNKNOWN_WEEK)).filter(|week| has(*week)) {
                add(week);
                lies = true;
            }
            if lies || each.keeps() {
                add(each.week());
            }
        }
        if let Some(before) = before {
            shares.iter().map(|share| share.week).filter(|share| *share <= week(before)).for_each(add);
        }
        weeks
    }

    fn put(&mut self, week: i64, entry: Entry) {
        let at = self.shelves.partition_point(|known| known.0 < week);
        if self.shelves.get(at).is_none_or(|known| known.0 != week) {
            self.shelves.insert(at, (week, Shelf::default(), false));
        }
        if let Some((_, shelf, changed)) = self.shelves.get_mut(at) {
            *changed = true;
            shelf.put(entry);
        }
    }

    fn carry_out(&mut self, moves: Vec<Move>) {
        for each in moves {
            let mut found = None;
            let weeks = each.before.iter().map(|received| week(Timestamp::from_millis(*received)));
            for week in weeks.chain([UNKNOWN_WEEK]) {
                let Ok(at) = self.shelves.binary_search_by_key(&week, |known| known.0) else { continue };
                let Some((_, shelf, changed)) = self.shelves.get_mut(at) else { continue };
                if let Some(entry) = shelf.take(&each.id) {
                    *changed = true;
                    found = Some(entry.bytes);
                }
            }
            let Some(bytes) = each.bytes.unwrap_or(found) else { continue };
            let week = each.week();
            let (folder, received) = match each.row {
                Some((folder, received)) => (Some(folder), received),
                None => (None, week.wrapping_mul(WEEK)),
            };
            self.put(week, Entry { id: each.id, folder, received, bytes });
        }
    }

    fn drop_before(&mut self, before: Timestamp, steps: &mut Vec<Step>) {
        for (week, shelf, changed) in &mut self.shelves {
            let goes = |entry: &Entry| *week == UNKNOWN_WEEK || entry.received < before.millis();
            for entry in shelf.0.iter().filter(|entry| goes(entry)) {
                *changed = true;
                steps.push(Step::Delete(Key::new(Table::Bodies, entry.id.as_str())));
            }
            shelf.0.retain(|entry| !goes(entry));
        }
    }

    fn finish(mut self, begins: bool, steps: &mut Vec<Step>) {
        let mut changes = begins;
        for (week, shelf, changed) in &self.shelves {
            if !changed {
                continue;
            }
            changes = true;
            let at = self.shares.partition_point(|share| share.week < *week);
            let end = self.shares.partition_point(|share| share.week <= *week);
            self.shares.splice(at..end, shelf.shares(*week));
            let key = self::shelf(*week);
            steps.push(if shelf.0.is_empty() { Step::Delete(key) } else { Step::Put(key, shelf.encode(*week)) });
        }
        if changes {
            steps.push(Step::Put(ledger(), encode(&self.shares)));
        }
    }
}

impl<R: Records> PackedStore<R> {
    /// Adds to a commit's steps what keeps the shelves and the ledger true. `ledger` is what is in its record, if there is
    /// one and if it can be read.
    ///
    /// Bodies nobody kept count of, as those of an earlier build, are dropped with the first that is counted; they come again.
    pub(super) async fn shelve(
        &self,
        ledger: Option<Option<Vec<BodyShare>>>,
        moves: Vec<Move>,
        before: Option<Timestamp>,
        steps: &mut Vec<Step>,
    ) -> Result<(), StoreError> {
        let is_new = ledger.is_none();
        let known = ledger.flatten();
        let mut begins = known.is_none();
        if is_new && !moves.iter().any(Move::keeps) {
            return Ok(());
        }
        let mut shelving = Shelving { shares: known.unwrap_or_default(), shelves: Vec::new() };
        let weeks = Shelving::weeks(&shelving.shares, &moves, before);
        let records = match weeks.is_empty() {
            true => Vec::new(),
            false => self.records.read(weeks.iter().map(|week| shelf(*week)).collect()).await?,
        };
        for (week, record) in weeks.into_iter().zip(records) {
            match Shelf::decode(week, record.as_deref())? {
                Some(shelf) => shelving.shelves.push((week, shelf, false)),
                None => begins = true,
            }
        }
        if begins {
            shelving = Shelving { shares: Vec::new(), shelves: Vec::new() };
            steps.splice(..0, [Step::DeleteUnder(Key::new(Table::Bodies, "")), Step::DeleteUnder(shelves())]);
        }
        shelving.carry_out(moves);
        if let Some(before) = before {
            shelving.drop_before(before, steps);
        }
        shelving.finish(begins, steps);
        Ok(())
    }

    /// What all bodies take; nothing where that cannot be read.
    pub(super) async fn shares(&self) -> Result<Vec<BodyShare>, StoreError> {
        let record = self.records.read(vec![ledger()]).await?.pop().flatten();
        Ok(record.as_deref().map(decode).transpose()?.flatten().unwrap_or_default())
    }

    /// Those of these messages that have no body.
    pub(super) async fn without_body(&self, rows: &[Message]) -> Result<Vec<MessageId>, StoreError> {
        let mut weeks: Vec<i64> = vec![UNKNOWN_WEEK];
        for row in rows {
            let week = week(row.received);
            if let Err(at) = weeks.binary_search(&week) {
                weeks.insert(at, week);
            }
        }
        let records = self.records.read(weeks.iter().map(|week| shelf(*week)).collect()).await?;
        let mut shelves = Vec::new();
        for (week, record) in weeks.into_iter().zip(records) {
            shelves.push(Shelf::decode(week, record.as_deref())?.unwrap_or_default());
        }
        let held = |id: &MessageId| shelves.iter().any(|shelf| shelf.holds(id));
        Ok(rows.iter().map(|row| &row.id).filter(|id| !held(id)).cloned().collect())
    }
}
