//! What tests order from the sign-in service: errors, troubles of people, spoiled answers.
//! Each is asked for by a control call and ends by itself or by another call.

use std::collections::BTreeMap;

use crate::entra::catalogue;
use crate::entra::failure::Failure;
use crate::people::Person;

/// Where an ordered error strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Anywhere,
    Authorize,
    Token,
}

/// An error that is to come.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) code: u32,
    pub(crate) place: Place,
    /// Requests to let through first.
    pub(crate) skip: u64,
    pub(crate) times: u64,
    /// Whether it is shown on the page instead of being sent back.
    pub(crate) page: bool,
    /// Other words than the usual ones.
    pub(crate) error: Option<String>,
    pub(crate) suberror: Option<String>,
    pub(crate) claims: Option<String>,
    pub(crate) retry_after_s: Option<i64>,
}

/// What is made wrong in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoiled {
    Audience,
    Expiry,
    Issuer,
    Nonce,
    Signature,
    State,
    Tenant,
}

impl Spoiled {
    const WORDS: [(&'static str, Self); 7] = [
        ("aud", Self::Audience),
        ("exp", Self::Expiry),
        ("iss", Self::Issuer),
        ("nonce", Self::Nonce),
        ("signature", Self::Signature),
        ("state", Self::State),
        ("tid", Self::Tenant),
    ];

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|(name, _)| *name == word).map(|(_, spoiled)| spoiled)
    }
}

/// Everything ordered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dials {
    pub(crate) orders: Vec<Order>,
    /// Troubles of people, by object id.
    pub(crate) conditions: BTreeMap<&'static str, u32>,
    /// The next codes are somebody else's.
    pub(crate) answer_as: Option<&'static Person>,
    /// What to spoil, and how many times yet.
    pub(crate) spoiled: Vec<(Spoiled, u64)>,
    /// The next sign-in gets the last code once more.
    pub(crate) replay_code: bool,
    /// How many requests to Graph an access token lasts.
    pub(crate) token_requests: Option<u64>,
}

/// Whether a code can be ordered.
pub(crate) fn is_known(code: u32) -> bool {
    catalogue::find(code).is_some()
}

impl Dials {
    /// The error that strikes here now, and whether it is for the page.
    pub(super) fn strike(&mut self, place: Place) -> Option<(Failure, bool)> {
        let fits = |order: &&mut Order| order.times > 0 && (order.place == place || order.place == Place::Anywhere);
        let order = self.orders.iter_mut().find(fits)?;
        if order.skip > 0 {
            order.skip -= 1;
            return None;
        }
        order.times -= 1;
        let failure = Failure::Ordered {
            code: order.code,
            error: order.error.clone(),
            suberror: order.suberror.clone(),
            claims: order.claims.clone(),
            retry_after_s: order.retry_after_s,
        };
        Some((failure, order.page))
    }

    /// Whether this is to be spoiled now.
    pub(super) fn spoils(&mut self, what: Spoiled) -> bool {
        let found = self.spoiled.iter_mut().find(|(one, times)| *one == what && *times > 0);
        found.map(|(_, times)| *times -= 1).is_some()
    }
}
