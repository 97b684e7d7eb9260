//! Consent: who agreed to what, and who may agree.
//! By default everything is agreed to, so that signing in is one click; tests choose a stricter policy.

use std::collections::{BTreeMap, BTreeSet};

use crate::entra::scopes;
use crate::entra::tenant::Identity;

/// Who administers the tenant.
pub(super) const ADMINISTRATOR: &str = "grace@petrel.test";

/// Who may agree for a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Policy {
    /// An administrator agreed to everything, for everybody.
    #[default]
    Granted,
    /// The person, except to scopes that want an administrator.
    Person,
    /// Microsoft's own policy: an administrator, wherever mail, calendars or contacts are concerned.
    Administrator,
}

impl Policy {
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "granted" => Some(Self::Granted),
            "person" => Some(Self::Person),
            "administrator" => Some(Self::Administrator),
            _ => None,
        }
    }
}

/// What was agreed to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Consents {
    pub(crate) policy: Policy,
    /// Scopes that are never granted, however much is agreed to.
    pub(crate) withheld: BTreeSet<String>,
    /// By client and person.
    own: BTreeMap<(String, String), BTreeSet<String>>,
    /// By client and tenant.
    tenant_wide: BTreeMap<(String, &'static str), BTreeSet<String>>,
}

fn key(scope: &str) -> String {
    scopes::short(scope).to_ascii_lowercase()
}

impl Consents {
    /// Forgets what was agreed to.
    pub(crate) fn forget(&mut self) {
        self.own.clear();
        self.tenant_wide.clear();
    }

    fn holds(&self, client: &str, identity: &Identity, scope: &str) -> bool {
        let scope = key(scope);
        let own = self.own.get(&(client.to_owned(), identity.object_id()));
        let wide = self.tenant_wide.get(&(client.to_owned(), identity.tenant));
        [own, wide].into_iter().flatten().any(|agreed| agreed.contains(&scope))
    }

    /// What nobody agreed to yet.
    pub(super) fn missing(&self, client: &str, identity: &Identity, asked: &[String]) -> Vec<String> {
        match self.policy {
            Policy::Granted => Vec::new(),
            Policy::Person | Policy::Administrator => asked
                .iter()
                .filter(|scope| key(scope) != ".default" && !self.holds(client, identity, scope))
                .cloned()
                .collect(),
        }
    }

    /// Whether the person may not agree to this alone.
    pub(super) fn needs_administrator(&self, identity: &Identity, asked: &[String]) -> bool {
        if identity.person.address == ADMINISTRATOR {
            return false;
        }
        asked.iter().any(|scope| {
            scopes::find(scope).is_some_and(|known| known.administrator)
                || (self.policy == Policy::Administrator && scopes::is_exchange(scope))
        })
    }

    /// Somebody agrees, for themselves or for the whole tenant.
    pub(super) fn accept(&mut self, client: &str, identity: &Identity, asked: &[String], everybody: bool) {
        let agreed = if everybody {
            self.tenant_wide.entry((client.to_owned(), identity.tenant)).or_default()
        } else {
            self.own.entry((client.to_owned(), identity.object_id())).or_default()
        };
        agreed.extend(asked.iter().map(|scope| key(scope)));
    }

    /// What a token may hold of these scopes.
    pub(super) fn granted(&self, asked: &[String]) -> Vec<String> {
        asked.iter().filter(|scope| !self.withheld.contains(&key(scope))).cloned().collect()
    }

    /// Withholds scopes from now on, instead of those withheld so far.
    pub(crate) fn withhold(&mut self, scopes: &[String]) {
        self.withheld = scopes.iter().map(|scope| key(scope)).collect();
    }
}
