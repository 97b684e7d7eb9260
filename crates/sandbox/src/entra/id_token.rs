//! Id tokens: who signed in, signed with a published key.
//! Optional claims come where the request asks for them; a test may order a wrong one.

use serde_json::{Map, Value, json};

use crate::chance::guid;
use crate::entra::browser::login_hint;
use crate::entra::dials::Spoiled;
use crate::entra::issue::Issue;
use crate::entra::{Subject, keys};
use crate::sandbox::Sandbox;

/// An id token lives an hour, in seconds.
const LIFE_S: i64 = 3600;
/// A GUID that is nobody's.
const NOBODY: &str = "00000000-0000-4000-8000-000000000bad";

/// The name of a person that only this app knows.
pub(super) fn subject(subject: &Subject) -> String {
    guid(&[b"subject", subject.identity.object_id().as_bytes(), subject.client.as_bytes()])
}

/// The signed token for what is being issued.
pub(super) fn make(sandbox: &mut Sandbox, issue: &Issue, now_ms: i64) -> String {
    let mut claims = always(sandbox, issue, now_ms);
    optional(issue, &mut claims);
    spoil(sandbox, &mut claims, now_ms);
    let sign = if sandbox.signs_tokens() { keys::sign } else { keys::pretend_to_sign };
    let token = sign(sandbox.seed, sandbox.entra.key_turn, &Value::Object(claims));
    if sandbox.entra.dials.spoils(Spoiled::Signature) {
        let unsigned = token.rsplit_once('.').map_or("", |(unsigned, _)| unsigned);
        return format!("{unsigned}.{}", sandbox.secret("signature"));
    }
    token
}

fn always(sandbox: &mut Sandbox, issue: &Issue, now_ms: i64) -> Map<String, Value> {
    let now_s = now_ms / 1000;
    let who = &issue.subject;
    let (person, tenant) = (who.identity.person, who.identity.tenant);
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("aud", json!(who.client));
    put("iss", json!(format!("{}/{tenant}/v2.0", sandbox.origins().entra)));
    put("iat", json!(now_s));
    put("nbf", json!(now_s));
    put("exp", json!(now_s + LIFE_S));
    put("sub", json!(subject(who)));
    put("tid", json!(tenant));
    put("sid", json!(who.sid));
    put("login_hint", json!(login_hint(person)));
    put("ver", json!("2.0"));
    put("uti", json!(sandbox.secret("uti").chars().take(22).collect::<String>()));
    if issue.holds("profile") {
        put("name", json!(person.name));
        put("oid", json!(who.identity.object_id()));
        put("preferred_username", json!(person.address));
    }
    if issue.holds("email") {
        put("email", json!(person.address));
    }
    if let Some(nonce) = &issue.nonce {
        put("nonce", json!(nonce));
    }
    if who.identity.is_guest() {
        put("acct", json!(1));
        put("idp", json!(format!("{}/{}/", sandbox.origins().entra, crate::people::TENANT)));
    }
    claims
}

/// Claims that come only when asked for.
fn optional(issue: &Issue, claims: &mut Map<String, Value>) {
    let who = &issue.subject;
    let person = who.identity.person;
    for name in &issue.id_claims {
        let value = match name.as_str() {
            "acct" => json!(i32::from(who.identity.is_guest())),
            "auth_time" => json!(who.signed_in_ms / 1000),
            "email" => json!(person.address),
            "upn" => json!(person.address),
            "given_name" => json!(person.given_name),
            "family_name" => json!(person.surname),
            "verified_primary_email" => json!([person.address]),
            "signin_state" => json!(["kmsi"]),
            "tenant_ctry" | "ctry" => json!("GB"),
            "tenant_region_scope" => json!("EU"),
            "xms_pl" | "xms_tpl" => json!("en"),
            // Entra leaves out what it does not have, even where it is called essential.
            _ => continue,
        };
        claims.insert(name.clone(), value);
    }
}

fn spoil(sandbox: &mut Sandbox, claims: &mut Map<String, Value>, now_ms: i64) {
    let wrong = [
        (Spoiled::Audience, "aud", json!(NOBODY)),
        (Spoiled::Expiry, "exp", json!(now_ms / 1000 - LIFE_S)),
        (Spoiled::Issuer, "iss", json!(format!("{}/{NOBODY}/v2.0", sandbox.origins().entra))),
        (Spoiled::Nonce, "nonce", json!("spoiled")),
        (Spoiled::Tenant, "tid", json!(NOBODY)),
    ];
    for (what, name, value) in wrong {
        if sandbox.entra.dials.spoils(what) {
            claims.insert(name.to_owned(), value);
        }
    }
}
