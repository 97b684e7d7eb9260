//! What comes from the server: folders, rows, bodies and the way to the live channel. Each answer becomes one commit
//! that holds its rows and its cursor together, so that a crash in between only asks again.

use super::channel::{LIFE, Need};
use super::{Engine, Ports};
use crate::error::{Error, GraphError, Recovery};
use crate::graph::{Endpoint, Negotiation, Place, channel_url, negotiate, socket_url};
use crate::id::{FolderId, MessageId};
use crate::model::{Account, Folder, FolderRole};
use crate::ports::{Http, Random};
use crate::protocol::Change;
use crate::store::{Commit, Store, Write};
use crate::sync::{Cursor, CursorKey, apply_folders, apply_messages, gathered};
use futures::future::join_all;
use std::collections::BTreeMap;
use std::time::Duration;

/// How many rows a folder's first look brings.
const FIRST_LOOK: u32 = 50;
/// A change of the inbox that was told of within this time was told of.
const TOLD: Duration = Duration::from_secs(15);
/// A negotiation is sent elsewhere at most this often. Source: ASP.NET Core SignalR client, `MaxRedirects`.
const REDIRECTS: usize = 100;

impl<P: Ports> Engine<P> {
    /// Asks which folders play which roles, all at once: they are the first thing a person waits for.
    pub(super) async fn pull_roles(&mut self) -> Result<(), Error> {
        let this = &*self;
        let answers =
            join_all(FolderRole::ALL.map(async |role| (role, this.call(this.service.folder_in_role(role)).await)))
                .await;
        let mut roles = BTreeMap::new();
        for (role, answer) in answers {
            match answer {
                Ok(id) => {
                    roles.insert(role, id);
                }
                // A mailbox need not have them all: the archive comes with its first use.
                Err(error) if error.recovery() == Recovery::Gone => {}
                Err(error) => return Err(error),
            }
        }
        let by_id = inverted(&roles);
        let moved =
            self.store().folders().await?.into_iter().filter(|folder| folder.role.as_ref() != by_id.get(&folder.id));
        let writes: Vec<_> =
            moved.map(|folder| Write::Folder(Folder { role: by_id.get(&folder.id).copied(), ..folder })).collect();
        if !writes.is_empty() {
            self.changed(Change::Folders);
        }
        self.commit_rows(writes).await?;
        self.roles = roles;
        self.roles_asked = true;
        Ok(())
    }

    /// Asks about the folder tree.
    pub(super) async fn pull_folders(&mut self) -> Result<(), Error> {
        let mut cursor = self.store().cursor(&CursorKey::Folders).await?.unwrap_or_else(|| Cursor::start(false));
        if cursor.claimed.iter().any(|id| !self.counts.hold(id)) {
            // An earlier process moved counts and died before the tree was asked: what it was told before, nobody knows.
            cursor = Cursor::start(true);
        }
        let page = self.call(self.service.folder_changes(cursor.link.as_deref())).await?;
        self.check_link(&page.place)?;
        self.counts.told(&page);
        let restored = match page.place {
            Place::Delta(_) => self.counts.round_ends(self.store().folders().await?),
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
        if !applied.more {
            self.schedule.folders_asked(now, self.channel.is_open());
        }
        Ok(())
    }

    /// Asks whose mailbox this is: the address mail comes to need not be the one people sign in with.
    pub(super) async fn pull_me(&mut self) -> Result<(), Error> {
        let me = self.call(self.service.me()).await?;
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

    /// Fetches the newest rows of a folder, so that there is something to read while the rest comes in.
    pub(super) async fn pull_newest(&mut self, folder: &Folder) -> Result<(), Error> {
        let page = self.call(self.service.newest(&folder.id, FIRST_LOOK)).await?;
        let named = page.named().map(ToString::to_string).collect();
        let mut applied = apply_messages(self.store(), folder, page, None).await?;
        applied.writes.push(self.claim(CursorKey::Messages(folder.id.clone()), named).await?);
        self.commit_rows(applied.writes).await?;
        if let Some(held) = &mut self.held {
            *held = held.saturating_add(applied.added);
        }
        self.lists_changed(applied.folders);
        self.listed.insert(folder.id.clone());
        Ok(())
    }

    /// Asks what changed in a folder, one page.
    pub(super) async fn pull_messages(&mut self, folder: &Folder) -> Result<(), Error> {
        let key = CursorKey::Messages(folder.id.clone());
        let cursor = self.store().cursor(&key).await?.unwrap_or_else(|| Cursor::start(false));
        let page = self.call(self.service.message_changes(&folder.id, cursor.link.as_deref())).await?;
        self.check_link(&page.place)?;
        let begun = cursor.complete;
        let mut applied = apply_messages(self.store(), folder, page, Some(cursor)).await?;
        let writes = std::mem::take(&mut applied.writes);
        self.commit(Commit::relaxed(writes)).await?;
        if !begun {
            self.tell_filling(&applied).await?;
        }
        if folder.role == Some(FolderRole::Inbox) && !applied.folders.is_empty() {
            self.schedule.prefetch = true;
        }
        self.lists_changed(applied.folders);
        self.schedule.fetch.extend(applied.unknown.into_iter().map(|id| (id, Some(folder.id.clone()))));
        if applied.more {
            return Ok(());
        }
        let now = self.now();
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

    /// A page that leads out of the service is not believed: it would come back for ever.
    fn check_link(&self, place: &Place) -> Result<(), Error> {
        match place {
            Place::Next(link) | Place::Delta(link) if !self.service.owns(link) => {
                Err(GraphError::Malformed { what: "a link" }.into())
            }
            Place::Next(_) | Place::Delta(_) | Place::End => Ok(()),
        }
    }

    /// Fetches one message's row, wherever it lies now, or finds it gone.
    pub(super) async fn look_at(&mut self, id: &MessageId) -> Result<(), Error> {
        let known = self.store().message(id).await?;
        let before = known.as_ref().map(|row| row.folder.clone());
        let mut writes = Vec::new();
        let claimant = self.schedule.fetch.get(id).cloned().flatten();
        match self.call(self.service.message(id)).await {
            Ok(partial) => {
                let folder = partial.folder.clone();
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
                    self.lists_changed([row.folder.clone()]);
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
        self.commit_rows(writes).await?;
        self.lists_changed(before);
        self.schedule.fetch.remove(id);
        Ok(())
    }

    /// A message is no claim any more, if it was one.
    async fn settled(&self, folder: &FolderId, id: &MessageId) -> Result<Option<Write>, Error> {
        let key = CursorKey::Messages(folder.clone());
        let Some(mut cursor) = self.store().cursor(&key).await? else { return Ok(None) };
        Ok(cursor.claimed.remove(id.as_str()).then_some(Write::Cursor(key, cursor)))
    }

    /// Fetches a body, unless it is here.
    pub(super) async fn pull_body(&mut self, id: &MessageId) -> Result<(), Error> {
        if !self.store().holds_body(id).await? {
            let body = self.call(self.service.body(id)).await?;
            self.commit_rows(vec![Write::Body(id.clone(), Box::new(body))]).await?;
        }
        self.wanted.retain(|wanted| wanted != id);
        self.changed(Change::Body(id.clone()));
        Ok(())
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
                super::authorise(&mut call.request, token);
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
