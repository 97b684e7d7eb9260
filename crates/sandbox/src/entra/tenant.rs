//! Tenants: the people's own, a partner's in which one of them is a guest, and the three shared names.
//! A shared name is an audience and no tenant: tokens always name the tenant that made them.

use crate::chance::guid;
use crate::entra::failure::Failure;
use crate::people::{Person, TENANT};

/// The tenant of a partner, `fulmar.test`.
pub(crate) const PARTNER: &str = "7c3e1b52-0d4f-4a86-9f21-b8d6e5a40c17";
/// The one tenant of all personal accounts.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
/// Who the partner invited.
const GUEST: &str = "linus@petrel.test";

/// What stands first in the path of the sign-in service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tenant {
    /// Work and personal accounts.
    Common,
    /// Work accounts of every tenant.
    Organizations,
    /// Personal accounts, of which the sandbox has none.
    Consumers,
    Own,
    Partner,
}

/// Somebody as one tenant knows them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity {
    pub(super) person: &'static Person,
    pub(super) tenant: &'static str,
}

impl Tenant {
    pub(super) fn parse(word: &str) -> Option<Self> {
        let lower = word.to_ascii_lowercase();
        match lower.as_str() {
            "common" => Some(Self::Common),
            "organizations" => Some(Self::Organizations),
            "consumers" | PERSONAL => Some(Self::Consumers),
            "petrel.test" | TENANT => Some(Self::Own),
            "fulmar.test" | PARTNER => Some(Self::Partner),
            _ => None,
        }
    }

    /// The tenant part of the issuer; for shared names it is a template, as at Microsoft.
    pub(super) fn issuer(self) -> &'static str {
        match self {
            Self::Common | Self::Organizations => "{tenantid}",
            Self::Consumers => PERSONAL,
            Self::Own => TENANT,
            Self::Partner => PARTNER,
        }
    }

    /// Whether people of any tenant may come this way.
    pub(super) fn is_shared(self) -> bool {
        match self {
            Self::Common | Self::Organizations | Self::Consumers => true,
            Self::Own | Self::Partner => false,
        }
    }

    /// The person as this tenant knows them.
    pub(super) fn admit(self, person: &'static Person) -> Result<Identity, Failure> {
        match self {
            Self::Common | Self::Organizations | Self::Own => Ok(Identity { person, tenant: TENANT }),
            Self::Partner if person.address == GUEST => Ok(Identity { person, tenant: PARTNER }),
            Self::Partner | Self::Consumers => Err(Failure::ForeignUser(person.address)),
        }
    }
}

impl Identity {
    pub(super) fn is_guest(&self) -> bool {
        self.tenant != TENANT
    }

    /// The id in this tenant; a guest has another one than at home.
    pub(super) fn object_id(&self) -> String {
        if self.is_guest() {
            guid(&[b"guest", self.tenant.as_bytes(), self.person.object_id.as_bytes()])
        } else {
            self.person.object_id.to_owned()
        }
    }
}
