//! What is due when. Pure bookkeeping: which folder to ask about next, and what was promised but has not come.

use crate::backoff::Backoff;
use crate::id::{FolderId, MessageId};
use crate::model::{Folder, FolderRole};
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How often the folder tree and the inbox are asked about without notifications.
const POLL: Duration = Duration::from_secs(30);
/// The same while notifications come in: they get lost now and then.
const POLL_LIVE: Duration = Duration::from_secs(60);
/// How often the inbox is asked about all the same while notifications come in.
const INBOX_LIVE: Duration = Duration::from_secs(300);
/// How often every other folder is asked about although its counts did not move.
const POLL_QUIET: Duration = Duration::from_secs(15 * 60);
/// A folder the person opens is asked about unless it was just now.
const FRESH: Duration = Duration::from_secs(15);
/// Pokes closer together than this are answered together.
const COALESCE: Duration = Duration::from_millis(250);
/// When something will have happened that is worth asking about.
const SOON: Duration = Duration::from_secs(2);
/// After a notification whose message delta does not show yet: ask again after these waits.
const LATE: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(30)];

/// What is being asked about is due only when something says so.
const NEVER: Timestamp = Timestamp::from_millis(i64::MAX);

/// What is due when.
#[derive(Debug)]
pub(super) struct Schedule {
    folders_due: Timestamp,
    due: BTreeMap<FolderId, Timestamp>,
    asked: BTreeMap<FolderId, Timestamp>,
    urgent: BTreeSet<FolderId>,
    /// Folders that are being asked about, unless everything became due meanwhile.
    asking: BTreeSet<FolderId>,
    expected: BTreeMap<MessageId, usize>,
    troubled: BTreeMap<Option<FolderId>, Backoff>,
    /// Messages to be fetched whole, and the folder whose cursor claims them, if one does.
    pub fetch: BTreeMap<MessageId, Option<FolderId>>,
}

impl Schedule {
    /// Everything is due.
    pub fn new(now: Timestamp) -> Self {
        Self {
            folders_due: now,
            due: BTreeMap::new(),
            asked: BTreeMap::new(),
            urgent: BTreeSet::new(),
            asking: BTreeSet::new(),
            expected: BTreeMap::new(),
            troubled: BTreeMap::new(),
            fetch: BTreeMap::new(),
        }
    }

    /// Everything may have changed.
    pub fn everything(&mut self, now: Timestamp) {
        self.folders_due = now;
        self.due.clear();
        self.asking.clear();
        self.troubled.clear();
    }

    /// A folder's messages changed, somebody said.
    pub fn poke(&mut self, folder: FolderId, now: Timestamp) {
        let earliest = self.asked.get(&folder).map_or(now, |asked| asked.after(COALESCE).max(now));
        self.due.insert(folder.clone(), earliest);
        self.urgent.insert(folder);
        self.folders_due = self.folders_due.min(earliest);
    }

    /// This message is to be seen after the next round of the inbox.
    pub fn expect(&mut self, message: MessageId) {
        self.expected.entry(message).or_insert(0);
    }

    /// The person opened a folder.
    pub fn opened(&mut self, folder: FolderId, now: Timestamp) {
        if self.asked.get(&folder).is_none_or(|asked| now.since(*asked) > FRESH) {
            self.due.insert(folder.clone(), now);
            self.urgent.insert(folder);
        }
    }

    /// The counts of a folder moved.
    pub fn moved(&mut self, folder: FolderId, now: Timestamp) {
        self.due.insert(folder, now);
    }

    /// The counts will have moved soon: one of our own acts went through.
    pub fn acted(&mut self, now: Timestamp) {
        self.folders_due = self.folders_due.min(now.after(SOON));
    }

    /// The counts may have moved already, nobody knows which way.
    pub fn tree_in_doubt(&mut self, now: Timestamp) {
        self.folders_due = self.folders_due.min(now);
    }

    /// Notifications ceased to come in.
    pub fn unheard(&mut self, now: Timestamp) {
        self.folders_due = self.folders_due.min(now.after(SOON));
    }

    /// Whether the folder tree is to be asked about.
    pub fn folders_are_due(&self, now: Timestamp) -> bool {
        self.folders_due <= now
    }

    /// The folder to ask about now, of those that are not being asked about: what somebody waits for first, then by role, then the rest.
    pub fn next_folder<'a>(
        &self,
        folders: &'a [Folder],
        now: Timestamp,
        is_asked: &dyn Fn(&FolderId) -> bool,
    ) -> Option<&'a Folder> {
        let is_due = |folder: &&Folder| self.due.get(&folder.id).is_none_or(|due| *due <= now);
        let due = folders.iter().filter(|folder| !folder.hidden).filter(is_due);
        due.filter(|folder| !is_asked(&folder.id)).min_by_key(|folder| (self.urgency(folder), &folder.id))
    }

    fn urgency(&self, folder: &Folder) -> usize {
        if self.urgent.contains(&folder.id) { 0 } else { folder.role.map_or(FolderRole::ALL.len(), place) + 1 }
    }

    /// How urgent a folder is beside the others; 0 is what somebody waits for.
    pub fn rank(&self, folders: &[Folder], id: &FolderId) -> usize {
        folders.iter().find(|folder| folder.id == *id).map_or(usize::MAX, |folder| self.urgency(folder))
    }

    /// Whether somebody waits for this folder.
    pub fn is_urgent(&self, folder: &FolderId) -> bool {
        self.urgent.contains(folder)
    }

    /// A folder is being asked about. Whatever makes it due from now on makes it due again afterwards.
    pub fn asking(&mut self, folder: &FolderId) {
        self.asking.insert(folder.clone());
        self.due.insert(folder.clone(), NEVER);
    }

    /// The folder is to be asked about once more.
    pub fn again(&mut self, folder: &FolderId, now: Timestamp) {
        self.asking.remove(folder);
        self.due.insert(folder.clone(), now);
    }

    /// The folder tree is being asked about.
    pub fn asking_about_the_tree(&mut self) {
        self.folders_due = NEVER;
    }

    /// The folder tree was asked about.
    pub fn folders_asked(&mut self, now: Timestamp, live: bool) {
        self.troubled.remove(&None);
        self.folders_due = self.folders_due.min(now.after(if live { POLL_LIVE } else { POLL }));
    }

    /// A folder's round is complete.
    pub fn folder_asked(&mut self, folder: &Folder, now: Timestamp, live: bool) {
        self.troubled.remove(&Some(folder.id.clone()));
        self.asked.insert(folder.id.clone(), now);
        let wait = match (folder.role == Some(FolderRole::Inbox), live) {
            (true, true) => INBOX_LIVE,
            (true, false) => POLL,
            (false, _) => POLL_QUIET,
        };
        let was_undisturbed = self.asking.remove(&folder.id);
        if let Some(due) = self.due.get_mut(&folder.id).filter(|_| was_undisturbed) {
            *due = now.after(wait).min(*due);
            if *due > now {
                self.urgent.remove(&folder.id);
            }
        }
    }

    /// The messages that were announced and should be there by now.
    pub fn expected(&self) -> Vec<MessageId> {
        self.expected.keys().cloned().collect()
    }

    /// An announced message is there.
    pub fn arrived(&mut self, message: &MessageId) {
        self.expected.remove(message);
    }

    /// An announced message is not there yet: ask the folder again later, a few times.
    pub fn late(&mut self, message: &MessageId, folder: &FolderId, now: Timestamp) {
        let Some(tries) = self.expected.get_mut(message) else { return };
        match LATE.get(*tries) {
            Some(wait) => {
                *tries += 1;
                let again = now.after(*wait);
                let due = self.due.entry(folder.clone()).or_insert(again);
                *due = (*due).min(again);
            }
            None => self.arrived(message),
        }
    }

    /// Asking about a folder, or about the tree (`None`), went wrong: ask again later.
    pub fn trouble(&mut self, folder: Option<&FolderId>, now: Timestamp, chance: u32) {
        let backoff = self.troubled.entry(folder.cloned()).or_insert(Backoff::new(Duration::from_secs(2), POLL_QUIET));
        let again = now.after(backoff.fail(chance));
        match folder {
            Some(folder) => {
                self.due.insert(folder.clone(), again);
            }
            None => self.folders_due = again,
        }
    }

    /// A folder may not be read: leave it for long.
    pub fn refused(&mut self, folder: &FolderId, now: Timestamp) {
        self.urgent.remove(folder);
        self.due.insert(folder.clone(), now.after(POLL_QUIET));
    }

    /// A folder is gone: ask about the tree.
    pub fn gone(&mut self, folder: &FolderId, now: Timestamp) {
        self.refused(folder, now);
        self.folders_due = now;
    }

    /// Forgets what is due of folders that are gone or hidden: nobody would ever ask about them.
    pub fn keep(&mut self, folders: &[Folder]) {
        self.due.retain(|id, _| folders.iter().any(|folder| folder.id == *id && !folder.hidden));
    }

    /// When the next thing is due, apart from what is being asked about.
    pub fn next_due(&self, is_asked: &dyn Fn(&FolderId) -> bool) -> Timestamp {
        let due = self.due.iter().filter(|(id, _)| !is_asked(id)).map(|(_, due)| *due);
        due.fold(self.folders_due, Timestamp::min)
    }
}

fn place(role: FolderRole) -> usize {
    FolderRole::ALL.iter().position(|each| *each == role).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract::folder;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(0).after(Duration::from_secs(seconds))
    }

    fn mailbox() -> Vec<Folder> {
        vec![folder("a", None), folder("sent", Some(FolderRole::Sent)), folder("inbox", Some(FolderRole::Inbox))]
    }

    fn asked(schedule: &mut Schedule, folder: &Folder, now: Timestamp, live: bool) {
        schedule.asking(&folder.id);
        schedule.folder_asked(folder, now, live);
    }

    fn next<'a>(schedule: &Schedule, folders: &'a [Folder], now: Timestamp) -> Option<&'a str> {
        schedule.next_folder(folders, now, &|_| false).map(|folder| folder.id.as_str())
    }

    #[test]
    fn the_inbox_comes_first_and_what_somebody_waits_for_before_it() {
        let folders = mailbox();
        let mut schedule = Schedule::new(at(0));
        assert_eq!(next(&schedule, &folders, at(0)), Some("inbox"));
        schedule.opened(FolderId::new("a"), at(0));
        assert_eq!(next(&schedule, &folders, at(0)), Some("a"));
        asked(&mut schedule, &folders[0], at(0), false);
        asked(&mut schedule, &folders[2], at(0), false);
        asked(&mut schedule, &folders[1], at(0), false);
        assert_eq!(next(&schedule, &folders, at(1)), None);
        assert_eq!(next(&schedule, &folders, at(31)), Some("inbox"));
    }

    #[test]
    fn what_becomes_due_while_it_is_asked_about_is_asked_about_again() {
        let folders = mailbox();
        let inbox = &folders[2];
        for disturb in [Schedule::everything as fn(&mut Schedule, Timestamp), |schedule, now| {
            schedule.poke(FolderId::new("inbox"), now);
        }] {
            let mut schedule = Schedule::new(at(0));
            schedule.asking(&inbox.id);
            disturb(&mut schedule, at(1));
            assert_eq!(schedule.next_folder(&folders, at(1), &|id| *id == inbox.id).unwrap().id.as_str(), "sent");
            schedule.folder_asked(inbox, at(1), false);
            assert_eq!(next(&schedule, &folders, at(1)), Some("inbox"));
        }
    }

    #[test]
    fn pokes_in_a_row_are_answered_together() {
        let folders = mailbox();
        let mut schedule = Schedule::new(at(0));
        for folder in &folders {
            asked(&mut schedule, folder, at(10), true);
        }
        schedule.poke(FolderId::new("inbox"), at(10));
        assert_eq!(next(&schedule, &folders, at(10)), None, "just asked");
        assert!(next(&schedule, &folders, at(11)).is_some());
    }

    #[test]
    fn an_announced_message_is_asked_for_three_times_and_then_forgotten() {
        let mut schedule = Schedule::new(at(0));
        let (inbox, message) = (folder("inbox", Some(FolderRole::Inbox)), MessageId::new("m"));
        schedule.expect(message.clone());
        let mut now = at(0);
        for wait in LATE {
            asked(&mut schedule, &inbox, now, true);
            schedule.late(&message, &inbox.id, now);
            assert!(next(&schedule, std::slice::from_ref(&inbox), now).is_none());
            now = now.after(wait);
            assert!(next(&schedule, std::slice::from_ref(&inbox), now).is_some());
        }
        schedule.late(&message, &inbox.id, now);
        assert_eq!(schedule.expected(), []);
    }

    #[test]
    fn a_folder_in_trouble_is_left_alone_for_ever_longer() {
        let folders = [folder("a", None)];
        let mut schedule = Schedule::new(at(0));
        schedule.trouble(Some(&folders[0].id), at(0), u32::MAX);
        assert!(next(&schedule, &folders, at(1)).is_none());
        assert!(next(&schedule, &folders, at(2)).is_some());
        schedule.trouble(Some(&folders[0].id), at(2), u32::MAX);
        assert!(next(&schedule, &folders, at(5)).is_none());
        schedule.everything(at(5));
        assert!(next(&schedule, &folders, at(5)).is_some());
    }
}
