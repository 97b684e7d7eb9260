//! What comes from the server: folders, rows, bodies and the way to the live channel. Each answer becomes one commit
//! that holds its rows and its cursor together, so that a crash in between only asks again.

use super::channel::{LIFE, Need};
use super::flights::SLOTS;
use super::jobs::Job;
use super::{Engine, Ports};
use crate::error::{Error, GraphError, Recovery, StoreError};
use crate::graph::{Endpoint, Negotiation, Place, channel_url, negotiate, socket_url};
use crate::id::{FolderId, MessageId};
use crate::model::{Account, Folder, FolderRole};
use crate::ports::{Http, Random};
use crate::protocol::Change;
use crate::store::{Commit, Store, Write};
use crate::sync::{Asked, Cursor, CursorKey, apply_folders, apply_messages, body_may_differ, gathered};
use crate::time::Timestamp;
use futures::future::join_all;
use std::collections::BTreeMap;
use std::time::Duration;

type Response = http::Response<Vec<u8>>;

/// How many rows a folder's first look brings.
pub(super) const FIRST_LOOK: u32 = 50;
/// A change of the inbox that was told of within this time was told of.
const TOLD: Duration = Duration::from_secs(15);
/// A negotiation is sent elsewhere at most this often. Source: ASP.NET Core SignalR client, `MaxRedirects`.
const REDIRECTS: usize = 100;

impl<P: Ports + 'static> Engine<P> {
    /// Asks which folders play which roles, as many at once as there is room for: they are the first thing a person waits for.
    pub(super) async fn pull_roles(&mut self) -> Result<(), Error> {
        let this = &*self;
        let mut roles = BTreeMap::new();
        for some in FolderRole::ALL.chunks(SLOTS.saturating_sub(self.flights.count()).max(1)) {
            let asked = some.iter().map(async |role| (*role, this.call(this.service.folder_in_role(*role)).await));
            for (role, answer) in join_all(asked).await {
                match answer {
                    Ok(id) => {
                        roles.insert(role, id);
                    }
                    // A mailbox need not have them all: the archive comes with its first use.
                    Err(error) if error.recovery() == Recovery::Gone => {}
                    Err(error) => return Err(error),
                }
            }
        }
        let by_id = inverted(&roles);
        let folders = self.folders().await?;
        let moved = folders.iter().filter(|folder| folder.role.as_ref() != by_id.get(&folder.id));
        let with_role = |folder: &Folder| Folder { role: by_id.get(&folder.id).copied(), ..folder.clone() };
        let writes: Vec<_> = moved.map(|folder| Write::Folder(with_role(folder))).collect();
        if !writes.is_empty() {
            self.changed(Change::Folders);
        }
        self.commit_rows(writes).await?;
        self.roles = roles;
        self.roles_asked = true;
        Ok(())
    }

    /// Where the sync of the folder tree has got to.
    pub(super) async fn tree_cursor(&self) -> Result<Cursor, StoreError> {
        let cursor = self.store().cursor(&CursorKey::Folders).await?.unwrap_or_else(|| Cursor::start(false));
        // An earlier process moved counts and died before the tree was asked: what it was told before, nobody knows.
        let is_doubtful = cursor.claimed.iter().any(|id| !self.counts.hold(id));
        Ok(if is_doubtful { Cursor::start(true) } else { cursor })
    }

    /// Takes in what the folder tree says at `link`.
    pub(super) async fn take_folders(&mut self, link: Option<&str>, response: &Response) -> Result<(), Error> {
        let mut cursor = self.tree_cursor().await?;
        if cursor.link.as_deref() != link {
            // The tree was asked anew meanwhile.
            let now = self.now();
            self.schedule.tree_in_doubt(now);
            return Ok(());
        }
        let page = self.service.folder_changes(None).read(response)?;
        self.check_link(&page.place)?;
        self.counts.told(&page);
        let restored = match page.place {
            Place::Delta(_) => self.counts.round_ends(self.folders().await?.to_vec()),
            Place::Next(_) | Place::End => Vec::new(),
        };
        cursor.claimed.retain(|id| self.counts.hold(id));
        let mut applied = apply_folders(self.store(), page, cursor, &inverted(&self.roles)).await?;
        applied.writes.extend(restored.into_iter().map(Write::Folder));
        let rows = applied.writes.len() > 1;
        self.commit(Commit::relaxed(applied.writes)).await?;
        let now = self.now();
        let inbox = self.roles.get(&FolderRole::Inbox);
        let untold = self.channel.is_open() && now.since(self.notified_at) > TOLD;
        if untold && applied.moved.iter().any(|folder| Some(folder) == inbox) {
            self.channel.doubt(now);
        }
        for folder in applied.moved {
            self.schedule.moved(folder, now);
        }
        if rows {
            self.changed(Change::Folders);
        }
        if applied.more {
            self.schedule.tree_in_doubt(now);
        } else {
            self.schedule.folders_asked(now, self.channel.is_open());
        }
        Ok(())
    }

    /// Takes in whose mailbox this is: the address mail comes to need not be the one people sign in with.
    pub(super) async fn take_me(&mut self, response: &Response) -> Result<(), Error> {
        let me = self.service.me().read(response)?;
        self.me_asked = true;
        let Some(known) = self.account.clone() else { return Ok(()) };
        let keep = |new: String, old: &str| if new.is_empty() { old.to_owned() } else { new };
        let account =
            Account { name: keep(me.name, &known.name), address: keep(me.address, &known.address), ..known.clone() };
        if account != known {
            self.commit(Commit::strict(vec![Write::Account(account.clone())])).await?;
            self.account = Some(account);
            self.changed(Change::Account);
        }
        Ok(())
    }

    /// Takes in the newest rows of a folder, so that there is something to read while the rest comes in.
    pub(super) async fn take_newest(
        &mut self,
        folder: &Folder,
        response: &Response,
        overtaken: &[FolderId],
    ) -> Result<(), Error> {
        let page = self.service.newest(&folder.id, FIRST_LOOK).read(response)?;
        let named = page.named().map(ToString::to_string).collect();
        let now = self.now();
        let asked = Asked { answered: now, overtaken };
        let mut applied = apply_messages(self.store(), folder, page, None, asked).await?;
        applied.writes.push(self.claim(CursorKey::Messages(folder.id.clone()), named).await?);
        self.note_bodies(&applied.writes);
        self.commit_rows(applied.writes).await?;
        self.changes.extend(applied.bodies.into_iter().map(Change::Body));
        if let Some(held) = &mut self.held {
            *held = held.saturating_add(applied.added);
        }
        self.flights.overtake(applied.folders.iter().cloned());
        self.lists_changed(applied.folders);
        self.listed.insert(folder.id.clone());
        self.schedule.again(&folder.id, now);
        Ok(())
    }

    /// Takes in one page of what changed in a folder since `link`. The next one is asked for before this one is written down.
    pub(super) async fn take_messages(
        &mut self,
        asked_of: &Folder,
        link: Option<&str>,
        response: &Response,
        overtaken: &[FolderId],
    ) -> Result<(), Error> {
        let now = self.now();
        let key = CursorKey::Messages(asked_of.id.clone());
        let cursor = self.store().cursor(&key).await?.unwrap_or_else(|| Cursor::start(false));
        let folders = self.folders().await?;
        let folder = folders.iter().find(|folder| folder.id == asked_of.id);
        let Some(folder) = folder.filter(|_| cursor.link.as_deref() == link) else {
            // The folder went, or its sync has gone on in another way: this page is none of it.
            self.schedule.again(&asked_of.id, now);
            return Ok(());
        };
        let page = self.service.message_changes(&folder.id, None).read(response)?;
        self.check_link(&page.place)?;
        let is_ahead = match &page.place {
            Place::Next(next) if self.may_ask_ahead(now) => {
                self.ask(Job::Messages(folder.clone(), Some(next.clone()))).await;
                true
            }
            Place::Next(_) | Place::Delta(_) | Place::End => false,
        };
        let begun = cursor.complete;
        let asked = Asked { answered: now, overtaken };
        let mut applied = apply_messages(self.store(), folder, page, Some(cursor), asked).await?;
        self.note_odd(applied.odd);
        let writes = std::mem::take(&mut applied.writes);
        self.note_bodies(&writes);
        self.commit(Commit::relaxed(writes)).await?;
        if !begun {
            self.tell_filling(&applied).await?;
        }
        self.flights.overtake(applied.folders.iter().cloned());
        self.changes.extend(applied.bodies.into_iter().map(Change::Body));
        self.lists_changed(applied.folders);
        self.schedule.fetch.extend(applied.unknown.into_iter().map(|id| (id, Some(folder.id.clone()))));
        let now = self.now();
        if applied.more {
            if !is_ahead {
                self.schedule.again(&folder.id, now);
            }
            return Ok(());
        }
        self.schedule.folder_asked(folder, now, self.channel.is_open());
        if !begun {
            // The list is whole from now on, which a list that shows its length wants to know.
            self.lists_changed([folder.id.clone()]);
        }
        if folder.role == Some(FolderRole::Inbox) {
            for message in self.schedule.expected() {
                match self.store().message(&message).await? {
                    Some(_) => self.schedule.arrived(&message),
                    None => self.schedule.late(&message, &folder.id, now),
                }
            }
        }
        Ok(())
    }

    /// Whether a page may be asked for although the one before it is not written down yet.
    fn may_ask_ahead(&self, now: Timestamp) -> bool {
        let lane_is_open = self.lane.closed_until.max(self.lane.quiet_until) <= now;
        lane_is_open && self.renew_at > now && self.has_quiet_room()
    }

    /// A page that leads out of the service is not believed: it would come back for ever.
    fn check_link(&self, place: &Place) -> Result<(), Error> {
        match place {
            Place::Next(link) | Place::Delta(link) if !self.service.owns(link) => {
                Err(GraphError::Malformed { what: "a link" }.into())
            }
            Place::Next(_) | Place::Delta(_) | Place::End => Ok(()),
        }
    }

    /// Takes in one message's row, wherever it lies now, or finds it gone.
    pub(super) async fn take_look(
        &mut self,
        id: &MessageId,
        response: &Response,
        overtaken: &[FolderId],
    ) -> Result<(), Error> {
        if !overtaken.is_empty() {
            // It may be older than what is known by now: the message is looked at once more.
            return Ok(());
        }
        let known = self.store().message(id).await?;
        let before = known.as_ref().map(|row| row.folder.clone());
        let mut writes = Vec::new();
        let mut lists: Vec<FolderId> = before.iter().cloned().collect();
        let claimant = self.schedule.fetch.get(id).cloned().flatten();
        match self.service.message(id).read(response).map_err(Error::Graph) {
            Ok(partial) => {
                let folder = partial.folder.clone();
                let known_before = known.clone();
                let row = match known {
                    Some(known) => Some(partial.over(known)),
                    None => folder.and_then(|folder| partial.whole(&folder)),
                };
                if let Some(row) = row {
                    let listed = !self.store().detached().await?.contains(id);
                    let stayed = before.as_ref() == Some(&row.folder) && listed;
                    if !stayed {
                        writes.push(self.claim(CursorKey::Messages(row.folder.clone()), vec![id.to_string()]).await?);
                    }
                    // Where it was all along, its folder need not name it.
                    for folder in before.iter().chain(&claimant).filter(|folder| stayed || **folder != row.folder) {
                        writes.extend(self.settled(folder, id).await?);
                    }
                    lists.push(row.folder.clone());
                    if known_before.is_some_and(|known| body_may_differ(&known, &row)) {
                        writes.push(Write::RemoveBody(id.clone()));
                        self.changed(Change::Body(id.clone()));
                    }
                    writes.insert(0, Write::Message(Box::new(row)));
                } else if let Some(folder) = &claimant {
                    // Too little of a message to be one: asking again would bring no more.
                    writes.extend(self.settled(folder, id).await?);
                }
            }
            Err(error) if error.recovery() == Recovery::Gone => {
                writes.push(Write::RemoveMessage(id.clone()));
                for folder in before.iter().chain(&claimant) {
                    writes.extend(self.settled(folder, id).await?);
                }
            }
            Err(error) => return Err(error),
        }
        self.note_bodies(&writes);
        self.commit_rows(writes).await?;
        self.flights.overtake(lists.iter().cloned());
        self.lists_changed(lists);
        self.schedule.fetch.remove(id);
        Ok(())
    }

    /// A message is no claim any more, if it was one.
    async fn settled(&self, folder: &FolderId, id: &MessageId) -> Result<Option<Write>, Error> {
        let key = CursorKey::Messages(folder.clone());
        let Some(mut cursor) = self.store().cursor(&key).await? else { return Ok(None) };
        Ok(cursor.claimed.remove(id.as_str()).then_some(Write::Cursor(key, cursor)))
    }

    /// Takes in a body.
    pub(super) async fn take_body(&mut self, id: &MessageId, response: &Response) -> Result<(), Error> {
        let body = self.service.body(id).read(response)?;
        self.commit_rows(vec![Write::Body(id.clone(), Box::new(body))]).await?;
        self.body_is_here(id);
        Ok(())
    }

    /// A body is stored: whoever waits for it can read it.
    pub(super) fn body_is_here(&mut self, id: &MessageId) {
        self.wanted.retain(|wanted| wanted != id);
        self.again.retain(|again| again != id);
        self.changed(Change::Body(id.clone()));
    }

    /// Takes the live channel one step further.
    pub(super) async fn tend_channel(&mut self, need: &Need) -> Result<(), Error> {
        let until = self.now().after(LIFE);
        match need {
            Need::Subscribe => {
                let call = self.service.subscribe(&self.channel.group, &self.channel.client_state, until);
                let granted = self.call(call).await?;
                let now = self.now();
                self.channel.subscribed(granted, now);
            }
            Need::Renew(id) => {
                let granted = self.call(self.service.renew(id, until)).await?;
                let now = self.now();
                self.channel.subscribed(granted, now);
            }
            Need::Connect(channel) => {
                let address = self.negotiate(channel).await?;
                let now = self.now();
                self.channel.connecting(address, now);
            }
        }
        Ok(())
    }

    /// Follows the negotiation to the service that will speak; the answer is a secret address.
    async fn negotiate(&self, channel: &str) -> Result<String, Error> {
        let url = channel_url(channel, &self.ports.random().uuid());
        let token = self.access.as_ref().map(|access| access.secret.clone());
        // Graph's own negotiation gets Graph's token; from there on only what the answer gives.
        let mut at = Endpoint { token: token.filter(|_| self.service.owns(&url)), url };
        for _ in 0..REDIRECTS {
            let mut call = negotiate(&at.url);
            if let Some(token) = &at.token {
                super::calls::authorise(&mut call.request, token);
            }
            let response = self.ports.http().send(call.request.clone()).await.map_err(Error::Net)?;
            self.lane.answered.set(true);
            match call.read(&response)? {
                Negotiation::Connect(connection) => {
                    return Ok(socket_url(&at.url, &connection, at.token.as_deref().unwrap_or_default()));
                }
                Negotiation::Elsewhere(next) => {
                    let stays = same_origin(&next.url, &at.url);
                    at = Endpoint { token: next.token.or(at.token.filter(|_| stays)), url: next.url };
                }
            }
        }
        Err(GraphError::Malformed { what: "a negotiation" }.into())
    }
}

/// A token is carried over only to the place that gave it.
fn same_origin(a: &str, b: &str) -> bool {
    let origin = |url: &str| url.split('/').take(3).map(str::to_ascii_lowercase).collect::<Vec<_>>();
    origin(a) == origin(b)
}

fn inverted(roles: &BTreeMap<FolderRole, FolderId>) -> BTreeMap<FolderId, FolderRole> {
    gathered(roles.iter().map(|(role, id)| (id.clone(), *role)))
}
