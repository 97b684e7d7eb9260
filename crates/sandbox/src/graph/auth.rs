//! Who a request comes from, and whose mailbox it means.
//! `/users/{id}` with one's own id or address is the same as `/me`.

use http::HeaderMap;

use crate::entra::Grant;
use crate::graph::call::Call;
use crate::graph::refusal::Refusal;
use crate::people;
use crate::sandbox::Sandbox;
use crate::web::header;

/// The grant behind the bearer token of a request.
pub(super) fn grant(sandbox: &mut Sandbox, headers: &HeaderMap, now_ms: i64) -> Result<Grant, Refusal> {
    let token = header(headers, "authorization")
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty())
        .ok_or(Refusal::TokenMissing)?;
    let entra = sandbox.origins().entra.clone();
    sandbox.entra.admit(token, &entra, now_ms)
}

/// Turns `/users/{self}/…` into `/me/…`; other people's mailboxes are closed.
pub(super) fn enter_mailbox(call: &mut Call<'_>) -> Result<(), Refusal> {
    let is_users = call.segments.first().is_some_and(|word| word.eq_ignore_ascii_case("users"));
    if !is_users || call.segments.len() < 2 {
        return Ok(());
    }
    let person = people::find(call.segment(1)).ok_or(Refusal::MailboxNotFound)?;
    if person.object_id != call.person.object_id {
        return Err(Refusal::Denied);
    }
    call.segments.splice(0..2, ["me".to_owned()]);
    Ok(())
}
