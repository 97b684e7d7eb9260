//! Apps as the tenant registered them: who may use them, and where they may be sent back to.
//! Every GUID is a multi-tenant single-page app on the app's origin until a test registers it otherwise.

use std::collections::BTreeMap;

use crate::entra::failure::Failure;
use crate::entra::tenant::Tenant;

/// Kinds of redirect addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RedirectKind {
    #[default]
    SinglePage,
    Web,
}

/// One app.
#[derive(Clone, Debug, Default)]
pub(crate) struct Application {
    pub(crate) unregistered: bool,
    /// Whether only people of the app's own tenant may use it.
    pub(crate) single_tenant: bool,
    pub(crate) redirect_kind: RedirectKind,
    /// Exact addresses; none means every address on the app's origin.
    pub(crate) redirect_uris: Vec<String>,
    /// What the browser is to load when a session ends.
    pub(crate) logout_url: Option<String>,
}

/// All apps that a test registered, by client id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Applications(BTreeMap<String, Application>);

/// Whether an address lies on an origin.
pub(super) fn belongs_to(origin: &str, uri: &str) -> bool {
    uri.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        && !uri.contains(['#', '\r', '\n'])
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

impl Applications {
    /// The registration of a client id, to change it.
    pub(crate) fn register(&mut self, client: &str) -> &mut Application {
        self.0.entry(client.to_ascii_lowercase()).or_default()
    }

    /// The app of a client id.
    pub(super) fn find(&self, client: &str) -> Result<Application, Failure> {
        let found = self.0.get(&client.to_ascii_lowercase()).cloned().unwrap_or_default();
        if found.unregistered || !is_guid(client) {
            return Err(Failure::ApplicationUnknown(client.to_owned()));
        }
        Ok(found)
    }
}

impl Application {
    /// Whether a browser may be sent to this address.
    pub(super) fn may_return_to(&self, uri: &str, app: &str) -> bool {
        if self.redirect_uris.is_empty() {
            belongs_to(app, uri)
        } else {
            self.redirect_uris.iter().any(|one| one == uri)
        }
    }

    /// Refuses a tenant through which the app cannot be reached.
    pub(super) fn check_tenant(&self, client: &str, tenant: Tenant) -> Result<(), Failure> {
        if self.single_tenant && tenant.is_shared() {
            return Err(Failure::SingleTenant(client.to_owned()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_apps_own_origin_is_redirected_to() {
        let app = "http://localhost:8080";
        assert!(belongs_to(app, "http://localhost:8080/"));
        assert!(belongs_to(app, "http://localhost:8080/inbox?x=1"));
        assert!(!belongs_to(app, "http://localhost:80801/"));
        assert!(!belongs_to(app, "http://localhost:8080.evil.example/"));
        assert!(!belongs_to(app, "http://localhost:8080@evil.example/"));
    }
}
