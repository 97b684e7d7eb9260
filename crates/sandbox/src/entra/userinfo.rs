//! The userinfo endpoint, which Graph answers: OpenID Connect's claims for an access token.
//! It needs the scope `openid`, and names the person as the app's id token does.

use http::Request;
use serde_json::json;

use crate::entra::{Subject, id_token};
use crate::graph::refusal::Refusal;
use crate::sandbox::Sandbox;
use crate::web::{self, Answer};

/// Whether a path of Graph's origin is this endpoint.
pub(crate) fn is_meant(path: &str) -> bool {
    path.eq_ignore_ascii_case("/oidc/userinfo")
}

pub(crate) fn read(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, now_ms: i64) -> Result<Answer, Refusal> {
    if !matches!(request.method().as_str(), "GET" | "POST") {
        return Err(Refusal::MethodNotAllowed);
    }
    let token = Sandbox::bearer_of(request).filter(|token| !token.is_empty()).ok_or(Refusal::TokenMissing)?;
    let entra = sandbox.origins().entra.clone();
    let grant = sandbox.entra.admit(token, &entra, now_ms)?;
    let holds = |scope: &str| grant.sign_in_scopes.iter().any(|one| one.eq_ignore_ascii_case(scope));
    if !holds("openid") {
        return Err(Refusal::Denied);
    }
    let subject = Subject {
        identity: grant.identity,
        client: grant.client.clone(),
        signed_in_ms: now_ms,
        sid: String::new(),
        met: Vec::new(),
    };
    let mut claims = json!({
        "sub": id_token::subject(&subject),
        "picture": format!("{}/v1.0/me/photo/$value", sandbox.origins().graph),
    });
    if let Some(object) = claims.as_object_mut() {
        if holds("profile") {
            object.insert("name".to_owned(), json!(grant.person.name));
            object.insert("given_name".to_owned(), json!(grant.person.given_name));
            object.insert("family_name".to_owned(), json!(grant.person.surname));
        }
        if holds("email") {
            object.insert("email".to_owned(), json!(grant.person.address));
        }
    }
    Ok(web::json(200, &claims))
}
