//! Making tokens: how long they live, what they hold, and how the answer lists them.
//! Access tokens are opaque: Microsoft asks clients not to look into them.

use serde_json::json;

use crate::chance::base64_url;
use crate::entra::scopes::{self, Resource};
use crate::entra::tenant::Identity;
use crate::entra::{Grant, Refresh, Subject, id_token, interact};
use crate::people::{Person, TENANT};
use crate::sandbox::Sandbox;
use crate::web::{self, Answer};

/// Seconds that an access token of a control call lives.
const TEST_LIFE_S: i64 = 3600;

/// What tokens are made for.
pub(super) struct Issue {
    pub(super) subject: Subject,
    /// What the person consented to, for the refresh token.
    pub(super) consented: Vec<String>,
    /// What this answer grants.
    pub(super) scopes: Vec<String>,
    pub(super) nonce: Option<String>,
    pub(super) refresh_expires_ms: i64,
    pub(super) cae: bool,
    /// Optional claims of the id token.
    pub(super) id_claims: Vec<String>,
    pub(super) client_info: bool,
}

impl Issue {
    /// Whether the person consented to a scope of the sign-in service.
    pub(super) fn holds(&self, scope: &str) -> bool {
        self.consented.iter().any(|one| one == scope)
    }
}

impl Sandbox {
    /// Makes an access token for Graph without any sign-in; `cae` is for a client that understands challenges.
    pub(crate) fn issue_access(
        &mut self,
        person: &'static Person,
        client: &str,
        scopes: &[String],
        cae: bool,
        now_ms: i64,
    ) -> String {
        let identity = Identity { person, tenant: TENANT };
        let subject = Subject {
            identity,
            client: client.to_owned(),
            signed_in_ms: now_ms,
            sid: String::new(),
            met: self.entra.challenges.iter().map(|one| one.id).collect(),
        };
        access(self, &subject, scopes, cae, now_ms + TEST_LIFE_S * 1000)
    }
}

/// Makes an access token.
fn access(sandbox: &mut Sandbox, subject: &Subject, scopes: &[String], cae: bool, expires_ms: i64) -> String {
    let head = base64_url(br#"{"typ":"JWT","alg":"RS256","nonce":"opaque"}"#);
    let token = format!("{head}.{}.{}", sandbox.secret("access"), sandbox.secret("signature"));
    let graph = sandbox.origins().graph.clone();
    let is_other = |scope: &String| scopes::resource(scope, &graph).is_ok_and(|found| found == Resource::Outlook);
    let (sign_in_scopes, others): (Vec<String>, Vec<String>) =
        scopes.iter().cloned().partition(|scope| scopes::is_sign_in(scope));
    let grant = Grant {
        person: subject.identity.person,
        client: subject.client.clone(),
        for_graph: !others.iter().any(is_other),
        scopes: others.iter().map(|scope| scopes::short(scope).to_owned()).collect(),
        expires_ms,
        identity: subject.identity,
        sign_in_scopes,
        cae,
        met: subject.met.clone(),
        requests: 0,
    };
    sandbox.entra.access.insert(token.clone(), grant);
    token
}

/// Seconds an access token lives: by chance, and longer where the client takes challenges.
fn life_s(sandbox: &mut Sandbox, cae: bool) -> i64 {
    let (least, spread) = if cae { (72_000, 28_800) } else { (3_600, 1_800) };
    let noise = sandbox.fresh_guid("life");
    least + noise.get(..7).and_then(|digits| i64::from_str_radix(digits, 16).ok()).unwrap_or_default() % (spread + 1)
}

/// The answer of the token endpoint.
pub(super) fn tokens(sandbox: &mut Sandbox, issue: Issue, now_ms: i64) -> Answer {
    let life_s = life_s(sandbox, issue.cae);
    let access = access(sandbox, &issue.subject, &issue.scopes, issue.cae, now_ms + life_s * 1000);
    // That the app may renew is no property of the access token, and is not listed.
    let listed: Vec<&str> =
        issue.scopes.iter().map(String::as_str).filter(|scope| !scope.eq_ignore_ascii_case("offline_access")).collect();
    let mut body = json!({
        "token_type": "Bearer",
        "scope": listed.join(" "),
        "expires_in": life_s,
        "ext_expires_in": life_s,
        "access_token": access,
    });
    let id_token = issue.holds("openid").then(|| id_token::make(sandbox, &issue, now_ms));
    let Some(object) = body.as_object_mut() else {
        return web::empty(500);
    };
    if issue.holds("offline_access") {
        let token = format!("1.{}", sandbox.secret("refresh"));
        let held = Refresh {
            subject: issue.subject.clone(),
            scopes: issue.consented.clone(),
            expires_ms: issue.refresh_expires_ms,
            dead: None,
        };
        sandbox.entra.refresh.insert(token.clone(), held);
        let left_s = (issue.refresh_expires_ms - now_ms) / 1000;
        object.insert("refresh_token".to_owned(), json!(token));
        object.insert("refresh_token_expires_in".to_owned(), json!(left_s));
    }
    if let Some(token) = id_token {
        object.insert("id_token".to_owned(), json!(token));
    }
    if issue.client_info {
        object.insert("client_info".to_owned(), json!(interact::client_info(&issue.subject.identity)));
    }
    let mut answer = web::json(200, &body);
    web::set(&mut answer, "cache-control", "no-store, no-cache");
    answer
}
