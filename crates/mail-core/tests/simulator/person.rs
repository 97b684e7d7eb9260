//! What a person does, as the app's tabs do it: acts and mails go to the store first and are then told to the leader.
//! A commit that fails was never acknowledged, so nothing is owed for it.

use crate::device::Doors;
use crate::ledger::{Letter, Property};
use crate::points::Point;
use crate::trouble::Plan;
use crate::truth::ADA;
use crate::world::{APP, World};
use futures::executor::block_on;
use mail_core::engine::Ports;
use mail_core::error::Reason;
use mail_core::id::{DraftId, FolderId, OpId};
use mail_core::model::{Flag, Folder, FolderRole, Message};
use mail_core::outbox::{Act, Answer, Op, OpState, Outgoing, Overlay, SendStage, wanted_again};
use mail_core::protocol::{Ask, Live, Tell};
use mail_core::store::{Commit, Draft, Store, Write};
use sandbox::Host;
use std::time::Duration;

/// How long a mail may still be taken back.
const UNDO: Duration = Duration::from_secs(10);

impl World {
    /// A commit of a tab.
    fn write(&mut self, writes: Vec<Write>) -> bool {
        let doors = Doors::new(&self.device, 1);
        let written = block_on(doors.store().commit(Commit::strict(writes))).is_ok();
        self.device.trouble.paused.set(false);
        if written {
            self.say(Ask::Outbox);
        }
        written
    }

    fn operation(&mut self, act: Act, wait: Duration) -> Op {
        self.acts += 1;
        let now = self.device.now();
        let latest = self.device.ops().into_iter().map(|op| op.id).max();
        let id = OpId::ordered_after(latest.as_ref(), now, self.acts, self.acts);
        Op { id, act, queued_at: now, not_before: now.after(wait), attempts: 0, state: OpState::Waiting }
    }

    /// The person acts on a message; whether it was written down.
    pub fn act(&mut self, act: Act) -> bool {
        let op = self.operation(act, Duration::ZERO);
        self.write(vec![Write::Op(Box::new(op))])
    }

    /// The person sends a mail: a new one or an answer; with `undo`, it can be taken back for some seconds.
    pub fn send(&mut self, answers: Option<&Message>, undo: bool) -> Option<OpId> {
        let mail = match answers {
            Some(row) => Outgoing {
                answers: Some(Answer { message: row.id.clone(), all: self.acts.is_multiple_of(2) }),
                ..mail_core::compose::answer(row, "quoted", false, ADA, "Bob wrote:")
            },
            None => Outgoing {
                to: mail_core::compose::parse_recipients("grace@petrel.test").unwrap(),
                subject: format!("Sent {}", self.acts),
                text: "Hello\n".to_owned(),
                ..Outgoing::default()
            },
        };
        let act = Act::Send { mail: Box::new(mail), stage: SendStage::Queued };
        let op = self.operation(act, if undo { UNDO } else { Duration::ZERO });
        let id = op.id.clone();
        self.write(vec![Write::Op(Box::new(op))]).then_some(id)
    }

    /// The person takes back a mail that has not begun to leave: it is a draft again.
    pub fn undo_send(&mut self, id: &OpId) -> bool {
        let found = self.device.ops().into_iter().find(|op| op.id == *id);
        let Some(op) = found else { return false };
        let Act::Send { mail, stage: SendStage::Queued } = &op.act else { return false };
        // Close to the end the tab leaves it alone, and so it does where the leader may take it for due.
        let left = op.not_before.since(self.device.now());
        if op.attempts > 0 || left < Duration::from_secs(1) || left > UNDO {
            return false;
        }
        let draft = self.new_draft((**mail).clone());
        self.write(vec![Write::RemoveOp(id.clone()), Write::Draft(Box::new(draft))])
    }

    fn new_draft(&mut self, mail: Outgoing) -> Draft {
        self.acts += 1;
        let id = DraftId::new(format!("draft {}", self.acts));
        Draft { id, mail, typed: ("grace@petrel.test".to_owned(), String::new()), changed: self.device.now() }
    }

    /// A stuck entry is tried again, or given up.
    fn decide(&mut self) {
        let stuck: Vec<Op> = self.device.ops().into_iter().filter(|op| op.state != OpState::Waiting).collect();
        let Some(mut op) = self.chance.pick(&stuck).cloned() else { return };
        if let (Act::Send { stage, .. }, OpState::Blocked(Reason::Unconfirmed)) = (&mut op.act, &op.state) {
            *stage = wanted_again(stage);
        }
        op.state = OpState::Waiting;
        op.not_before = self.device.now();
        self.write(vec![Write::Op(Box::new(op))]);
    }

    /// The rows of all folders as the person sees them.
    fn rows(&self) -> Vec<Message> {
        let store = self.device.memory.borrow().clone();
        let ops = self.device.ops();
        block_on(async {
            let mut all = Vec::new();
            // Who throws away a mail that is on its way out means it: such a mail is owed to nobody.
            let away = |folder: &Folder| folder.hidden || folder.role == Some(FolderRole::Outbox);
            for folder in store.folders().await.unwrap().into_iter().filter(|folder| !away(folder)) {
                all.extend(store.messages(&folder.id, 0, 1000).await.unwrap());
            }
            all.retain(|row| !row.is_draft);
            all.into_iter().map(|row| Overlay::new(&ops).message(row)).collect()
        })
    }

    fn folders(&self) -> Vec<FolderId> {
        let folders = block_on(self.device.memory.borrow().folders()).unwrap();
        folders.into_iter().filter(|folder| !folder.hidden).map(|folder| folder.id).collect()
    }

    pub fn folder(&self, role: FolderRole) -> Option<FolderId> {
        let folders = block_on(self.device.memory.borrow().folders()).unwrap();
        folders.into_iter().find(|folder| folder.role == Some(role)).map(|folder| folder.id)
    }

    /// The newest message of a folder, as the device has it.
    pub fn newest(&self, role: FolderRole) -> Option<Message> {
        let folder = self.folder(role)?;
        block_on(self.device.memory.borrow().messages(&folder, 0, 1)).unwrap().pop()
    }

    /// The person does something, whatever it is.
    pub fn person_acts(&mut self) {
        let rows = self.rows();
        let row = self.chance.pick(&rows).cloned();
        let what = self.chance.below(16);
        self.device.note(|| format!("the person does {what}"));
        match (what, row) {
            (0..=2, Some(row)) => {
                self.act(Act::Read { message: row.id, read: !row.is_read });
            }
            (3 | 4, Some(row)) => {
                let flag = if row.flag == Flag::Flagged { Flag::None } else { Flag::Flagged };
                self.act(Act::Flag { message: row.id, flag });
            }
            (5..=7, Some(row)) => {
                let places = self.folders();
                let to = match self.chance.below(3) {
                    0 => self.folder(FolderRole::Archive),
                    1 => self.folder(FolderRole::Deleted),
                    _ => self.chance.pick(&places).cloned(),
                };
                let back = row.folder.clone();
                if let Some(to) = to.filter(|to| *to != back)
                    && self.act(Act::Move { message: row.id.clone(), to })
                    && self.chance.permille(300)
                {
                    self.device.wait(self.chance.below(2000) as i64);
                    self.act(Act::Move { message: row.id, to: back });
                }
            }
            (8, _) => drop(self.send(None, false)),
            (9, Some(row)) => {
                // The server marks what is answered as read.
                self.device.ledger.borrow_mut().contested.insert((row.id.clone(), Property::Read));
                self.send(Some(&row), false);
            }
            (10, _) => drop(self.send(None, true)),
            (11, _) => {
                let waiting = self.device.ledger.borrow().letters.clone();
                let ids: Vec<_> = waiting.into_iter().filter(|(_, letter)| *letter == Letter::Waiting).collect();
                if let Some((id, _)) = self.chance.pick(&ids).cloned() {
                    self.undo_send(&id);
                }
            }
            (12, Some(row)) => {
                self.opened.insert(row.id.to_string());
                self.say(Ask::Body(row.id));
            }
            (13, _) => {
                let draft = self.new_draft(Outgoing::default());
                self.write(vec![Write::Draft(Box::new(draft))]);
            }
            (14, _) => self.decide(),
            _ => {
                let places = self.folders();
                if let Some(folder) = self.chance.pick(&places).cloned() {
                    self.say(Ask::Folder(folder));
                }
                self.say(Ask::Now);
            }
        }
    }

    /// Whether somebody has to sign in.
    pub fn is_signed_out(&self) -> bool {
        self.leaders.last().is_some_and(|leader| leader.engine.live() == Live::SignedOut)
    }

    /// The person goes to the sign-in page and comes back, or is thrown back by a reload in between.
    pub fn sign_in(&mut self) {
        let (state, code) = match self.returning.take() {
            Some(returning) => returning,
            None => match self.go_and_come_back() {
                Some(returning) => returning,
                None => return,
            },
        };
        if self.reloads() {
            self.returning = Some((state, code));
            return;
        }
        let Some(leader) = self.leaders.last_mut() else { return };
        let tells = block_on(leader.engine.sign_in(&Ask::FinishSignIn { state, code }));
        leader.next = self.device.now();
        self.device.trouble.paused.set(false);
        self.device.note(|| format!("signed in: {tells:?}"));
        if tells.contains(&Tell::SignedIn) {
            self.may_ask_sign_in = false;
        }
        self.reloads();
    }

    /// In a storm, the page is sometimes reloaded at this very step.
    fn reloads(&mut self) -> bool {
        let stormy = matches!(*self.device.trouble.plan.borrow(), Plan::Storm { .. });
        if !stormy || !self.chance.permille(150) {
            return false;
        }
        self.device.trouble.strike(Point::T10);
        self.die();
        true
    }

    fn go_and_come_back(&mut self) -> Option<(String, String)> {
        let leader = self.leaders.last_mut()?;
        let begin = Ask::BeginSignIn { redirect_uri: APP.to_owned() };
        let tells = block_on(leader.engine.sign_in(&begin));
        self.device.trouble.paused.set(false);
        let url = tells
            .iter()
            .find_map(|tell| if let Tell::SignInAt { url, .. } = tell { Some(url.clone()) } else { None })?;
        self.reloads();
        let path = url.strip_prefix("http://localhost:8081").unwrap();
        let request = http::Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("account={}", ADA.replace('@', "%40")).into_bytes())
            .unwrap();
        let response = self.elsewhere(Host::Entra, request);
        let location = response.headers().get("location")?.to_str().unwrap().to_owned();
        match mail_core::auth::returned(location.split_once('#')?.1) {
            Some(mail_core::auth::Returned::Code { state, code }) => Some((state, code)),
            _ => None,
        }
    }

    /// The person signs out: everything on the device is forgotten.
    pub fn sign_out(&mut self) {
        self.words.clear();
        self.returning = None;
        self.device.wipe();
        if let Some(mut leader) = self.leaders.pop() {
            block_on(leader.engine.sign_out());
        }
        self.die();
        self.may_ask_sign_in = true;
    }
}
