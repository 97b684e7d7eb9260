//! What must hold after every step, and what must hold once faults have stopped and everything is quiet.
//! Each check says in words what is wrong; the life then ends with its seed.

use crate::ledger::{Letter, Property, Value, tail};
use crate::trouble::Plan;
use crate::truth::{difference, expected, is_synced};
use crate::world::World;
use futures::executor::block_on;
use mail_core::error::Reason;
use mail_core::outbox::{Act, OpState};
use mail_core::protocol::Ask;
use mail_core::store::Store;
use std::collections::BTreeSet;

/// Quiet has to come within so many minutes after the last fault.
const PATIENCE_MINUTES: u32 = 40;
/// More requests in a quiet minute are a storm.
const IDLE_REQUESTS: u32 = 60;

impl World {
    /// What must hold after every step.
    pub fn check_step(&self, truthful: bool) -> Result<(), String> {
        let device = &self.device;
        {
            let ledger = device.ledger.borrow();
            if let Some(breach) = &ledger.breach {
                return Err(breach.clone());
            }
            let stored: BTreeSet<_> = device.ops().into_iter().map(|op| op.id).collect();
            if stored != ledger.queued {
                return Err(format!("the outbox holds {stored:?} and should hold {:?}", ledger.queued));
            }
            let drafts: BTreeSet<_> =
                block_on(device.memory.borrow().drafts()).unwrap().into_iter().map(|draft| draft.id).collect();
            if drafts != ledger.drafts {
                return Err(format!("the drafts are {drafts:?} and should be {:?}", ledger.drafts));
            }
            if !ledger.letters.is_empty() {
                self.check_delivered(&ledger.letters)?;
            }
        }
        if truthful && self.is_idle() && !device.trouble.lied.get() {
            self.check_shown()?;
        }
        Ok(())
    }

    fn check_delivered(&self, letters: &std::collections::BTreeMap<mail_core::id::OpId, Letter>) -> Result<(), String> {
        for (marker, count) in self.device.delivered() {
            if count > 1 {
                return Err(format!("the mail {marker} was delivered {count} times"));
            }
            let letter = letters.iter().find(|(id, _)| id.as_str() == marker).map(|(_, letter)| *letter);
            match letter {
                None => return Err(format!("the mail {marker} was delivered, and nobody sent it")),
                Some(Letter::Undone) => return Err(format!("the mail {marker} was taken back and delivered")),
                Some(Letter::Waiting | Letter::Finished | Letter::Forgotten) => {}
            }
        }
        Ok(())
    }

    /// Where every folder was told whole, the person sees the server's rows with the pending acts on top.
    fn check_shown(&self) -> Result<(), String> {
        let truth = self.device.truth();
        let store = self.device.memory.borrow().clone();
        if !is_synced(&self.device, &truth) || !block_on(store.detached()).unwrap().is_empty() {
            return Ok(());
        }
        let ops = self.device.ops();
        let mut seen = self.device.held(Some(&ops));
        let mut wanted = expected(&truth, &ops);
        // The tree has a round of its own: a name may still be on its way.
        for place in seen.values_mut().chain(wanted.values_mut()) {
            place.name.clear();
        }
        seen.retain(|id, _| wanted.contains_key(id));
        difference(&seen, &wanted).map_or(Ok(()), |text| Err(format!("synced, and yet {text}")))
    }

    /// Faults stop; time runs until everything is quiet. Then device and server agree and nothing is owed.
    pub fn settle(&mut self) -> Result<(), String> {
        *self.device.trouble.plan.borrow_mut() = Plan::Calm;
        self.device.up.set(true);
        self.device.refuses.set(false);
        self.device.control("DELETE", "behave", &serde_json::Value::Null);
        self.device.control("DELETE", "notifications", &serde_json::Value::Null);
        self.device.note(|| "-- faults stop".to_owned());
        if self.device.trouble.lied.get() {
            self.device.control("POST", "expire", &serde_json::json!({ "what": "delta" }));
        }
        let mut wrong = None;
        for minute in 0..PATIENCE_MINUTES {
            // The person looks at once, and twice more where something is still wrong.
            self.come_in();
            if minute < 3 && (minute == 0 || wrong.is_some()) {
                self.pass(2)?;
                self.come_in();
                self.hear(&Ask::Now);
            }
            let before = self.device.requests.get();
            self.pass(if minute < 3 { 8 } else { 60 })?;
            let asked = self.device.requests.get() - before;
            self.check_step(false)?;
            wrong = self.unsettled();
            if wrong.is_none() && minute > 1 && asked <= IDLE_REQUESTS {
                break;
            }
            if minute > 5 && wrong.is_none() {
                return Err(format!("{asked} requests in a quiet minute"));
            }
        }
        match wrong {
            Some(text) => Err(text),
            None => self.check_owed(),
        }
    }

    /// Somebody has to sign in: the person does.
    fn come_in(&mut self) {
        for _ in 0..3 {
            if self.is_signed_out() {
                self.may_ask_sign_in = true;
                self.sign_in();
            }
            if self.is_signed_out() {
                // With a clock that is hours off nobody gets in: the person sets it right.
                self.device.skew.set(0);
            }
        }
    }

    /// What is not yet as it should be in the end.
    fn unsettled(&self) -> Option<String> {
        let truth = self.device.truth();
        if !self.device.departures.borrow().is_empty() {
            return Some("a mail may still leave".to_owned());
        }
        if self.is_signed_out() || self.leaders.is_empty() {
            return Some("nobody can sign in".to_owned());
        }
        if let Some(op) = self.device.ops().into_iter().find(|op| op.state == OpState::Waiting) {
            return Some(format!("the outbox still waits: {op:?}"));
        }
        let detached = block_on(self.device.memory.borrow().detached()).unwrap();
        if let Some(id) = detached.first() {
            return Some(format!("{} is still detached", tail(id.as_str())));
        }
        let held = self.device.held(None);
        if let Some(text) = difference(&held, &truth) {
            return Some(text);
        }
        for folder in block_on(self.device.memory.borrow().folders()).unwrap() {
            let Some(place) = truth.get(folder.id.as_str()) else { continue };
            let unread = place.rows.values().filter(|row| !row.read).count();
            if (folder.total as usize, folder.unread as usize) != (place.rows.len(), unread) {
                let (total, real) = ((folder.unread, folder.total), (unread, place.rows.len()));
                return Some(format!("{} counts {total:?} and holds {real:?}", folder.name));
            }
        }
        None
    }

    /// Every mail went out once or is asked about; every act that nobody contested is done or refused.
    fn check_owed(&self) -> Result<(), String> {
        let delivered = self.device.delivered();
        let ledger = self.device.ledger.borrow();
        let ops = self.device.ops();
        for (id, letter) in &ledger.letters {
            let count = delivered.get(id.as_str()).copied().unwrap_or(0);
            let state = ops.iter().find(|op| op.id == *id).map(|op| &op.state);
            let fits = match (letter, state) {
                (Letter::Finished, None) => count == 1,
                (Letter::Undone, None) => count == 0,
                (Letter::Forgotten, None) | (Letter::Waiting, Some(OpState::Blocked(Reason::Unconfirmed))) => {
                    count <= 1
                }
                (Letter::Waiting, Some(OpState::Blocked(_))) => count == 0,
                (_, _) => false,
            };
            if !fits {
                return Err(format!("the mail {id} is {letter:?} and {state:?}, and was delivered {count} times"));
            }
        }
        let truth = self.device.truth();
        for ((message, property), (value, op)) in &ledger.set {
            let key = (message.clone(), *property);
            let held = ops.iter().any(|held| held.id == *op || held.act.message() == Some(message));
            if ledger.contested.contains(&key)
                || ledger.contested.contains(&(message.clone(), Property::Place)) && *property != Property::Place
                || held
            {
                continue;
            }
            let Some((place, row)) = truth.iter().find_map(|(id, place)| Some((id, place.rows.get(message.as_str())?)))
            else {
                continue;
            };
            let done = match value {
                Value::Read(read) => row.read == *read,
                Value::Flag(flag) => row.flag == *flag,
                Value::Place(to) => place == to.as_str(),
            };
            if !done {
                return Err(format!("{} was to be {value:?} and is not: {row:?}", tail(message.as_str())));
            }
        }
        if let Some(op) = ops.iter().find(|op| matches!(op.act, Act::Send { .. }) && op.state == OpState::Waiting) {
            return Err(format!("a mail still waits: {op:?}"));
        }
        Ok(())
    }
}
