//! What the sign-in service tells about itself: endpoints, keys, and the names it is known by.
//! For shared names the issuer is a template, so that clients must take the tenant from the token.

use serde_json::json;

use crate::entra::keys;
use crate::entra::tenant::Tenant;
use crate::sandbox::Sandbox;
use crate::web::{self, Answer};

/// The discovery document; `word` is the tenant as the client wrote it.
pub(super) fn document(sandbox: &Sandbox, word: &str, tenant: Tenant) -> Answer {
    let origins = sandbox.origins();
    let base = format!("{}/{word}", origins.entra);
    web::json(
        200,
        &json!({
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": format!("{base}/discovery/v2.0/keys"),
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": issuer(sandbox, tenant),
            "request_uri_parameter_supported": false,
            "userinfo_endpoint": format!("{}/oidc/userinfo", origins.graph),
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
            "http_logout_supported": true,
            "frontchannel_logout_supported": true,
            "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
            "claims_supported": [
                "sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name",
                "msgraph_host", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name",
                "tid", "ver", "at_hash", "c_hash", "email",
            ],
            "tenant_region_scope": null,
            "cloud_instance_name": host(&origins.entra),
            "cloud_graph_host_name": host(&origins.graph),
            "msgraph_host": host(&origins.graph),
        }),
    )
}

/// The issuer of a tenant, as its tokens name it.
pub(super) fn issuer(sandbox: &Sandbox, tenant: Tenant) -> String {
    format!("{}/{}/v2.0", sandbox.origins().entra, tenant.issuer())
}

pub(super) fn keys(sandbox: &Sandbox, tenant: Tenant) -> Answer {
    web::json(200, &keys::public(sandbox.seed, sandbox.entra.key_turn, &issuer(sandbox, tenant)))
}

/// Instance discovery: which hosts are one and the same service.
pub(super) fn instance(sandbox: &Sandbox) -> Answer {
    let entra = &sandbox.origins().entra;
    let name = host(entra);
    web::json(
        200,
        &json!({
            "tenant_discovery_endpoint": format!("{entra}/common/v2.0/.well-known/openid-configuration"),
            "api-version": "1.1",
            "metadata": [{"preferred_network": name, "preferred_cache": name, "aliases": [name]}],
        }),
    )
}

fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}
