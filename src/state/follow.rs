//! From the start of the page on: what the leader, the other tabs and the browser say, and what the state makes of it.

use super::memory::{History, Stale, Wanted};
use super::route::Route;
use super::{App, NoticeWord, Screen, blocked};
use crate::ui::text;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail_browser::{page, shell, worker};
use mail_core::auth::Returned;
use mail_core::config::{Config, ConfigError};
use mail_core::protocol::{Ask, Filling, Live, SignInTrouble, Tell, Trouble, Word};
use std::time::Duration;

/// How long a leader may take to introduce itself before it is asked again.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the first picture of the mailbox may take before the engine starts without it.
const FIRST_PICTURE: Duration = Duration::from_secs(1);

/// What the authority sent the person back with, taken out of the address before anything else happened.
pub struct Returning(pub Option<Returned>);

/// Begins: listens, shows what the device holds without waiting for any server, and starts the engine.
pub fn start(app: App, returning: Returning) {
    app.client().listen(move |word| app.hear(word));
    app.follow_browser();
    app.recall_grouping();
    app.ask_for_a_leader();
    app.memory().wanted.replace(Wanted::route(Route::parse(&page::fragment()), History::Replace));
    spawn_local(app.begin(returning));
}

impl App {
    /// Starts what works behind the page: the engine's worker, and the service worker that keeps the app's files.
    fn start_helpers(self) {
        if !self.memory().started.replace(true) {
            worker::start(move |fatal| self.engine_broke(fatal));
            shell::register(move || self.update.set(true));
            // What changed while the store was being opened was not listened to.
            self.read_again(Stale::VIEW);
        }
    }

    async fn begin(self, returning: Returning) {
        let answer = self.take_answer(returning);
        let entered = self.enter().await;
        if matches!(entered, Ok(true)) {
            // The person's mail first, and the keys pressed meanwhile: the engine's start would take the processor from them.
            page::after_paint(move || page::after_paint(move || self.start_helpers()));
            // A tab in the background paints nothing, and has an engine all the same.
            page::after(FIRST_PICTURE, move || self.start_helpers()).detach();
        } else {
            self.start_helpers();
        }
        match entered {
            Err(error) => {
                // Whatever is wrong with the store, without one there is no mail client.
                mail_browser::diagnostics::warn(&error.to_string());
                self.screen.set(Screen::StoreRefused);
            }
            Ok(true) => {
                if let Err(trouble) = answer {
                    self.tell_sign_in_trouble(trouble);
                }
                if let Some(error) = self.read_config().await {
                    // The mail on this device stays readable, but nothing new will come.
                    self.say_trouble(NoticeWord::Unexpected(error.to_string()));
                }
            }
            Ok(false) => {
                // Whoever's screen it was, their mail is not here any more.
                page::forget_picture();
                self.evicted.set(page::is_marked_kept());
                let broken = self.read_config().await;
                if self.screen.with_untracked(|screen| *screen != Screen::Starting) {
                    // Somebody signed in meanwhile, in another tab.
                    return;
                }
                match (broken, answer) {
                    (Some(error), _) => self.screen.set(Screen::Misconfigured(error)),
                    (None, Ok(finishing)) => self.show_signed_out(finishing, None),
                    (None, Err(trouble)) => self.show_signed_out(false, Some(trouble)),
                }
            }
        }
    }

    /// Reads the settings as far as the app needs them; gives back what is wrong with them.
    async fn read_config(self) -> Option<ConfigError> {
        // Out of reach is not broken: the device may hold mail all the same.
        let text = page::config_text().await.ok()?;
        match Config::parse(&text) {
            Ok(config) => {
                self.environment.set(config.environment);
                None
            }
            Err(error) => Some(error),
        }
    }

    fn hear(self, word: Word) {
        match word {
            Word::Ask(Ask::Outbox) => self.read_again(Stale::VIEW),
            Word::Ask(Ask::SignOut) => {
                self.leave();
                self.forget_in_time();
            }
            Word::Ask(
                Ask::Hello
                | Ask::Body(_)
                | Ask::BodyAgain(_)
                | Ask::Attachment(_)
                | Ask::Folder(_)
                | Ask::Now
                | Ask::Keep
                | Ask::Room
                | Ask::BeginSignIn { .. }
                | Ask::FinishSignIn { .. },
            ) => {}
            Word::Tell(tell) => self.hear_leader(tell),
            Word::Host(_) => {}
        }
    }

    fn hear_leader(self, tell: Tell) {
        match tell {
            Tell::Leading(live) => {
                self.hear_live(live);
                self.read_again(Stale::VIEW);
            }
            Tell::Live(live) => self.hear_live(live),
            Tell::Changed(changes) => self.changed(&changes),
            Tell::Filling(filling) => self.hear_filling(filling),
            Tell::Frame => page::mark("petrel:frame", None),
            Tell::SignInAt { url, state } => self.go_and_sign_in(&url, &state),
            Tell::SignedIn => spawn_local(self.signed_in()),
            Tell::SignInFailed(trouble) => self.sign_in_failed(trouble),
            Tell::SignedOut => self.signed_out(),
            Tell::Freed(bytes) => self.hear_freed(bytes),
            Tell::BodyFailed(id, reason) => self.body_failed(&id, reason),
            Tell::AttachmentFailed(key, trouble) => self.attachment_failed(&key, trouble),
            Tell::Trouble(Trouble::StoreRefused) => self.screen.set(Screen::StoreRefused),
            Tell::Trouble(Trouble::DeviceFull) => self.say_trouble(NoticeWord::DeviceFull),
            Tell::Trouble(Trouble::OddPages(counts)) => mail_browser::diagnostics::warn(&counts),
            Tell::Trouble(Trouble::Unexpected(details)) => self.say_trouble(NoticeWord::Unexpected(details)),
        }
    }

    /// Shows how far the mailbox has been taken in, until it is whole.
    fn hear_filling(self, filling: Filling) {
        if filling.complete {
            page::mark("petrel:synced", Some(&filling.held.to_string()));
            self.ask_to_keep();
        }
        self.filling.set(text::filling(&filling, |time| page::locale_month(time.millis())));
    }

    /// Shows how mail arrives, as the leader says; a browser without any network knows better.
    pub(super) fn hear_live(self, live: Live) {
        let memory = self.memory();
        if memory.leaving.get() {
            return;
        }
        memory.told.set(Some(live));
        let shown = match live {
            Live::SignedOut | Live::Offline => live,
            Live::Live | Live::Polling if page::is_online() => live,
            Live::Live | Live::Polling => Live::Offline,
        };
        if self.live.get_untracked() != shown {
            self.live.set(shown);
            self.body_follows_live();
            if shown == Live::Offline {
                self.leave_outbox_behind(shell::send_later);
            }
        }
    }

    /// Sees to it that what waits in the outbox goes out without this tab.
    fn leave_outbox_behind(self, by: fn()) {
        if self.outbox.with_untracked(|ops| ops.iter().any(|op| blocked(op).is_none())) {
            by();
        }
    }

    /// The engine of this tab cannot go on.
    fn engine_broke(self, details: String) {
        self.memory().broken.replace(Some(details.clone()));
        if self.screen.with_untracked(|screen| matches!(screen, Screen::SignedOut { busy: true, .. })) {
            self.sign_in_failed(SignInTrouble::Misconfigured { detail: details });
        } else {
            self.say_trouble(NoticeWord::Unexpected(details));
        }
    }

    fn follow_browser(self) {
        page::on_fragment(move |fragment| self.address_changed(&fragment));
        page::on_online(move || {
            if let Some(told) = self.memory().told.get() {
                self.hear_live(told);
            }
            self.catch_up();
        });
        page::on_offline(move || {
            if self.account.with_untracked(Option::is_some) && self.live.get_untracked() != Live::SignedOut {
                self.live.set(Live::Offline);
                self.body_follows_live();
            }
        });
        page::on_visible(move || {
            self.sign_in_was_left();
            self.catch_up();
        });
        page::on_hidden(move || {
            self.flush_draft();
            self.leave_outbox_behind(shell::send_without_me);
        });
    }

    /// Time has passed unseen: asks the server, and reads what other tabs did.
    fn catch_up(self) {
        if !self.client().is_led() {
            self.client().ask(Ask::Hello);
        }
        self.client().ask(Ask::Now);
        self.read_again(Stale::VIEW);
    }

    /// Asks again whether anybody leads until somebody does: the engine may start later than the page.
    fn ask_for_a_leader(self) {
        page::after(PATIENCE, move || {
            if !self.client().is_led() {
                self.client().ask(Ask::Hello);
                self.ask_for_a_leader();
            }
        })
        .detach();
    }

    /// Starts the newer version that waits.
    pub fn reload_for_update(self) {
        self.flush_draft();
        shell::activate_update();
    }
}
