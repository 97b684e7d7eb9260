//! Signing in and staying signed in. The leader's lock is the token's lock: nobody but the one engine
//! ever redeems a refresh token.

use super::{Engine, Ports};
use crate::auth::{AuthError, Authority, SignedIn, discover};
use crate::error::Error;
use crate::ports::Clock;
use crate::protocol::{Ask, Change, Tell};
use crate::store::{Commit, Store, Write};
use crate::time::Timestamp;
use std::time::Duration;

/// An access token is renewed so long before it ends, but not before half its life is over.
const RENEW_AHEAD: Duration = Duration::from_secs(300);

/// This person has signed in with these settings before: an authority that describes itself oddly now is a page of a captive
/// portal or a gateway in trouble, and no reason to ask anybody to sign in.
fn unless_settled(error: AuthError) -> AuthError {
    match error {
        AuthError::Misconfigured { .. } => AuthError::Busy { retry_after: None },
        AuthError::Net(_)
        | AuthError::SignInNeeded
        | AuthError::Declined
        | AuthError::NeedsAdmin
        | AuthError::Forbidden { .. }
        | AuthError::Busy { .. }
        | AuthError::Unexpected
        | AuthError::Invalid(_)
        | AuthError::SomebodyElse => error,
    }
}

impl<P: Ports + 'static> Engine<P> {
    /// Gets a new access token by the refresh token.
    pub(super) async fn renew_token(&mut self) -> Result<(), Error> {
        let Some(refresh) = self.store().refresh_token().await? else { return Err(AuthError::SignInNeeded.into()) };
        let authority = self.authority().await.map_err(unless_settled)?;
        let now = self.now();
        let renewed = authority.renew(self.ports.http(), &self.config, &refresh, now).await?;
        self.lane.answered.set(true);
        let known = self.account.as_ref().map(|account| &account.key);
        if renewed.account.as_ref().is_some_and(|account| Some(&account.key) != known) {
            return Err(AuthError::SomebodyElse.into());
        }
        // Stored before it is used: the old one may be dead from now on.
        if let Some(refresh) = renewed.refresh.clone() {
            self.commit(Commit::strict(vec![Write::RefreshToken(refresh)])).await?;
        }
        self.accept(renewed, now);
        self.renewed_at = Some(now);
        Ok(())
    }

    fn accept(&mut self, signed_in: SignedIn, now: Timestamp) {
        let life = signed_in.access.expires.since(now);
        self.renew_at = now.after(life.saturating_sub(RENEW_AHEAD.min(life / 2)));
        self.access = Some(signed_in.access);
        self.token_since = self.next_departure();
    }

    async fn authority(&mut self) -> Result<Authority, AuthError> {
        if let Some(known) = &self.authority {
            return Ok(known.clone());
        }
        let found = discover(self.ports.http(), &self.config).await?;
        self.authority = Some(found.clone());
        Ok(found)
    }

    /// Carries out a step of signing in and says what every tab should hear.
    pub async fn sign_in(&mut self, ask: &Ask) -> Vec<Tell> {
        let result = match ask {
            Ask::BeginSignIn { redirect_uri } => self.begin_sign_in(redirect_uri).await,
            Ask::FinishSignIn { state, code } => self.finish_sign_in(state, code).await,
            Ask::Hello
            | Ask::Outbox
            | Ask::Body(_)
            | Ask::Folder(_)
            | Ask::Now
            | Ask::Keep
            | Ask::Room
            | Ask::BodyAgain(_)
            | Ask::Attachment(_)
            | Ask::SignOut => Ok(Vec::new()),
        };
        match result {
            Ok(tells) => tells,
            Err(Error::Auth(error)) => vec![Tell::SignInFailed(error.trouble())],
            Err(Error::Net(error)) => vec![Tell::SignInFailed(AuthError::Net(error).trouble())],
            Err(Error::Store(error)) => {
                self.store_failed(&error);
                let mut tells = std::mem::take(&mut self.tells);
                tells.push(Tell::SignInFailed(AuthError::Unexpected.trouble()));
                tells
            }
            Err(Error::Graph(_)) => vec![Tell::SignInFailed(AuthError::Unexpected.trouble())],
        }
    }

    async fn begin_sign_in(&mut self, redirect_uri: &str) -> Result<Vec<Tell>, Error> {
        let authority = self.authority().await?;
        let hint = self.account.as_ref().map(|account| account.login_hint.as_ref().unwrap_or(&account.address).clone());
        let hint = hint.filter(|hint| !hint.is_empty());
        let (url, pending) =
            authority.begin(&self.config, self.ports.random(), redirect_uri, hint.as_deref(), self.now())?;
        let state = pending.state.clone();
        self.commit(Commit::strict(vec![Write::SignIn(pending)])).await?;
        Ok(vec![Tell::SignInAt { url, state }])
    }

    async fn finish_sign_in(&mut self, state: &str, code: &str) -> Result<Vec<Tell>, Error> {
        let Some(pending) = self.store().sign_in(state).await? else { return Err(AuthError::Unexpected.into()) };
        // Used up before it is used: an answer counts once, whatever becomes of it.
        self.commit(Commit::strict(vec![Write::RemoveSignIn(state.to_owned())])).await?;
        let authority = self.authority().await?;
        let now = self.now();
        let signed_in = authority.finish(self.ports.http(), &self.config, &pending, code.to_owned(), now).await?;
        let Some(account) = signed_in.account.clone() else { return Err(AuthError::Invalid("no id token").into()) };
        if self.account.as_ref().is_some_and(|known| known.key != account.key) {
            return Err(AuthError::SomebodyElse.into());
        }
        let mut writes = vec![Write::Account(account.clone())];
        writes.extend(signed_in.refresh.clone().map(Write::RefreshToken));
        self.commit(Commit::strict(writes)).await?;
        self.account = Some(account);
        self.accept(signed_in, now);
        self.renewed_at = None;
        self.sign_in_needed = false;
        self.me_asked = false;
        self.reached();
        self.look_again();
        Ok(vec![Tell::SignedIn, Tell::Changed(vec![Change::Account])])
    }

    /// Ends what the server holds for this device, as far as it can be reached. The store is the host's to wipe.
    pub async fn sign_out(&mut self) {
        self.retire().await;
        self.account = None;
        self.access = None;
    }

    /// Ends the subscription before another host makes its own. It writes nothing: the leadership may be gone already.
    pub async fn retire(&mut self) {
        self.flights.give_up(&|_| true);
        if let Some(id) = self.channel.subscription().cloned() {
            // Best effort: a subscription dies by itself within the hour.
            let ending = std::pin::pin!(self.call(self.service.unsubscribe(&id)));
            let patience = std::pin::pin!(self.ports.clock().sleep(Duration::from_secs(3)));
            futures::future::select(ending, patience).await;
        }
    }
}
