//! What the rules and overrides of a mailbox make of one arriving message.
//! Decided before the message is filed, as Exchange does, so that nobody sees it in the Inbox first.

use crate::mailbox::Mailbox;
use crate::mailbox::message::{Address, Message};
use crate::office::matching;
use crate::office::rule::{Action, Passing, Rule};

/// The header in which Exchange notes whose rules sent a message on, against loops.
pub(crate) const RULES_LOOP: &str = "X-MS-Exchange-Inbox-Rules-Loop";
/// The header that tells mail written by the rules' machine.
pub(crate) const GENERATED_BY: &str = "X-MS-Exchange-Generated-Message-Source";

/// Where an arriving message goes and whom it is sent on to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Handling {
    /// The folders that get the message, each its own copy; none where a rule deletes it for good.
    pub(crate) folders: Vec<String>,
    /// Whom the message is sent on to.
    pub(crate) passed: Vec<(Passing, Vec<Address>)>,
}

/// Runs overrides and rules over an arriving message, which they may mark.
pub(crate) fn handle(mailbox: &Mailbox, message: &mut Message) -> Handling {
    let inbox = mailbox.folder_id("inbox").unwrap_or_default();
    if let Some(other) = mailbox.office.classified(message) {
        message.other = other;
    }
    let mut run = Run { mailbox, handling: Handling::default(), copies: Vec::new(), gone: false };
    for rule in mailbox.office.rules_in_order() {
        if rule.enabled && !rule.has_error(mailbox) && run.applies(rule, message) && run.act(rule, message) {
            break;
        }
    }
    let Run { mut handling, copies, gone, .. } = run;
    if handling.folders.is_empty() && !gone {
        handling.folders.push(inbox.clone());
    }
    handling.folders.extend(copies);
    // Focused and Other divide the Inbox; everywhere else mail is focused.
    if handling.folders.first() != Some(&inbox) {
        message.other = false;
    }
    handling
}

struct Run<'m> {
    mailbox: &'m Mailbox,
    handling: Handling,
    copies: Vec<String>,
    gone: bool,
}

impl Run<'_> {
    fn applies(&self, rule: &Rule, message: &Message) -> bool {
        let owner = self.mailbox.owner.address;
        matching::all(&rule.conditions, message, owner) && !matching::any(&rule.exceptions, message, owner)
    }

    /// Carries out a rule's actions; true where no further rule may run.
    fn act(&mut self, rule: &Rule, message: &mut Message) -> bool {
        let mut last = false;
        for action in &rule.actions {
            match action {
                Action::AssignCategories(names) => {
                    for name in names {
                        if !message.categories.contains(name) {
                            message.categories.push(name.clone());
                        }
                    }
                }
                Action::CopyTo(folder) => self.copies.extend(self.mailbox.folder_id(folder)),
                Action::MoveTo(folder) => self.send_to(folder),
                Action::Delete(true) => self.send_to("deleteditems"),
                Action::DeleteForGood(true) => self.gone = true,
                Action::MarkRead(true) => message.is_read = true,
                Action::MarkImportance(importance) => message.importance = *importance,
                Action::Pass(form, to) => self.pass(*form, to, message),
                Action::Stop(stop) => last = *stop,
                Action::Delete(false) | Action::DeleteForGood(false) | Action::MarkRead(false) => {}
            }
        }
        last
    }

    fn send_to(&mut self, folder: &str) {
        if let Some(id) = self.mailbox.folder_id(folder)
            && !self.handling.folders.contains(&id)
        {
            self.handling.folders.push(id);
        }
    }

    fn pass(&mut self, form: Passing, to: &[Address], message: &Message) {
        let owner = self.mailbox.owner.address;
        // What these rules have sent on before came back in a circle.
        let circle = message
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(RULES_LOOP))
            .any(|(_, passed)| passed.split([',', ' ', ';']).any(|address| address.eq_ignore_ascii_case(owner)));
        let others: Vec<Address> = to.iter().filter(|one| !one.address.eq_ignore_ascii_case(owner)).cloned().collect();
        if !circle && !others.is_empty() {
            self.handling.passed.push((form, others));
        }
    }
}
