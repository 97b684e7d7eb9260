//! Signing in and out. The engine speaks with the authority; this tab only goes there and comes back, and it
//! believes no answer that does not carry the state it remembered.

use super::memory::{SigningIn, Stale};
use super::{App, List, NoticeWord, Reading, Returning, Screen};
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail_browser::{page, shell, store};
use mail_core::auth::Returned;
use mail_core::error::StoreError;
use mail_core::protocol::{Ask, Live, SignInTrouble};
use mail_core::store::Store;
use std::time::Duration;

/// Where the state of a sign-in under way is remembered, for this tab alone.
const STATE: &str = "petrel-state";

/// How long the leader has to forget everything before this tab does it by itself.
const FORGETTING: Duration = Duration::from_secs(15);

impl App {
    /// Sends the person to the authority, once the engine has prepared it.
    pub fn sign_in(self) {
        let broken = self.memory().broken.borrow().clone();
        if let Some(detail) = broken.filter(|_| !self.client().is_led()) {
            // Without an engine a sign-in would be waited for in vain.
            self.tell_sign_in_trouble(SignInTrouble::Misconfigured { detail });
            return;
        }
        self.memory().signing_in.set(SigningIn::Begun);
        self.show_signed_out(true, None);
        self.client().ask(Ask::BeginSignIn { redirect_uri: format!("{}/", page::origin()) });
    }

    /// The engine has prepared a sign-in. Only the tab that asked goes.
    pub(super) fn go_and_sign_in(self, url: &str, state: &str) {
        if self.memory().signing_in.get() == SigningIn::Begun {
            self.memory().signing_in.set(SigningIn::Gone);
            self.flush_draft();
            page::remember(STATE, state);
            page::go_to(url);
        }
    }

    /// Judges what the authority sent the person back with; tells whether a sign-in is being finished.
    pub(super) fn take_answer(self, returning: Returning) -> Result<bool, SignInTrouble> {
        let Some(returned) = returning.0 else { return Ok(false) };
        let expected = page::recall(STATE);
        page::forget(STATE);
        let belongs = |state: &str| expected.as_deref() == Some(state);
        match returned {
            Returned::Code { state, code } if belongs(&state) => {
                self.memory().signing_in.set(SigningIn::Finishing);
                self.client().ask(Ask::FinishSignIn { state, code });
                Ok(true)
            }
            Returned::Refused { state, error } if belongs(&state) => Err(error.trouble()),
            Returned::Code { .. } | Returned::Refused { .. } => Err(SignInTrouble::Unexpected),
        }
    }

    /// A sign-in did not complete.
    pub(super) fn sign_in_failed(self, trouble: SignInTrouble) {
        if self.memory().signing_in.replace(SigningIn::Not) == SigningIn::Not {
            return;
        }
        self.tell_sign_in_trouble(trouble);
    }

    /// Says why signing in did not work, where the person looks.
    pub(super) fn tell_sign_in_trouble(self, trouble: SignInTrouble) {
        if self.shows_mail() {
            self.say(NoticeWord::SignInFailed(trouble), false);
        } else {
            self.show_signed_out(false, Some(trouble));
        }
    }

    /// Shows the sign-in page, unless mail is shown: that stays readable.
    pub(super) fn show_signed_out(self, busy: bool, trouble: Option<SignInTrouble>) {
        if self.screen.with_untracked(|screen| matches!(screen, Screen::Starting | Screen::SignedOut { .. })) {
            self.screen.set(Screen::SignedOut { busy, trouble });
        }
    }

    /// The person came back to this page without signing in.
    pub(super) fn sign_in_was_left(self) {
        if self.memory().signing_in.get() == SigningIn::Gone {
            self.memory().signing_in.set(SigningIn::Not);
            self.show_signed_out(false, None);
        }
    }

    /// Somebody signed in, in this tab or in another.
    pub(super) async fn signed_in(self) {
        let memory = self.memory();
        memory.signing_in.set(SigningIn::Not);
        memory.leaving.set(false);
        // What was told before was about nobody.
        memory.told.set(None);
        if self.shows_mail() {
            self.read_again(Stale { account: true, ..Stale::VIEW });
        } else {
            match self.enter().await {
                // What changed while the store was being opened was not listened to.
                Ok(entered) if entered => self.read_again(Stale::VIEW),
                Ok(_) => {}
                Err(error) => self.store_failed(&error),
            }
        }
        shell::keep();
    }

    /// Shows the mailbox if the device holds one; tells whether it does.
    ///
    /// # Errors
    /// [`StoreError`] when the browser refuses to say.
    pub(super) async fn enter(self) -> Result<bool, StoreError> {
        let (client, memory) = (self.client(), self.memory());
        let turn = memory.entered.get().wrapping_add(1);
        memory.entered.set(turn);
        let found = client.open().await?;
        let account = if found { client.read(async |store| store.account().await).await? } else { None };
        if account.is_none() {
            // Nobody's mail is here. The store is not held open, unless somebody signed in meanwhile.
            if memory.entered.get() == turn {
                client.close();
            }
            return Ok(false);
        }
        self.account.set(account);
        self.hear_live(memory.told.get().unwrap_or(Live::Polling));
        self.read_view().await;
        if memory.leaving.get() {
            return Ok(false);
        }
        page::mark_kept(true);
        self.evicted.set(false);
        self.screen.set(Screen::Mail);
        Ok(true)
    }

    /// Signs out and forgets everything on this device; asks first where mail would be lost, unless `force`.
    pub fn sign_out(self, force: bool) {
        spawn_local(async move {
            if !force && self.holds_unsent_mail().await.unwrap_or(true) {
                self.confirm_sign_out.set(true);
                return;
            }
            self.confirm_sign_out.set(false);
            self.leave();
            self.client().ask(Ask::SignOut);
            self.forget_in_time();
        });
    }

    /// Sees to it that signing out comes to its end, also when whoever leads dies on the way.
    pub(super) fn forget_in_time(self) {
        page::after(FORGETTING, move || spawn_local(self.forget_by_oneself())).detach();
    }

    /// Lets go of the store, because it is about to be deleted.
    pub(super) fn leave(self) {
        let memory = self.memory();
        memory.leaving.set(true);
        page::mark_kept(false);
        page::forget_picture();
        memory.saving.take();
        memory.unsaved.take();
        self.composer.set(None);
        self.client().close();
    }

    /// Nobody leads who could do it: this tab forgets everything.
    async fn forget_by_oneself(self) {
        if !self.memory().leaving.get() {
            return;
        }
        shell::forget_caches().await;
        match store::wipe().await {
            Ok(()) => {
                self.client().forgotten();
                self.signed_out();
            }
            Err(error) => self.say_trouble(NoticeWord::Unexpected(error.to_string())),
        }
    }

    /// Everything on this device is forgotten, and so it is here.
    pub(super) fn signed_out(self) {
        self.leave();
        let memory = self.memory();
        memory.forget();
        memory.finished.take();
        memory.signing_in.set(SigningIn::Not);
        memory.leaving.set(false);
        page::forget(STATE);
        page::replace_fragment("");
        self.screen.set(Screen::SignedOut { busy: false, trouble: None });
        self.account.set(None);
        self.filling.set(None);
        self.live.set(Live::SignedOut);
        self.folders.set(Vec::new());
        self.folder.set(None);
        self.list.set(List::default());
        self.current.set(None);
        self.open.set(None);
        self.reading.set(Reading::Nothing);
        self.outbox.set(Vec::new());
        self.notice.set(None);
        self.help.set(false);
        self.close_storage();
        self.confirm_sign_out.set(false);
        self.entitle();
    }
}
