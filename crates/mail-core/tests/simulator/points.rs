//! The fault points by their labels: which of them a life can cause, and why it cannot cause the others.
//! A test holds that the two lists together are complete and that each point of the first is really struck.

/// A fault point that lives cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// The process dies between a page's answer and its commit.
    S1,
    /// A delta token is dead: 410.
    S2,
    /// A page tells its rows twice.
    S3,
    /// A message is taken out of a folder and put back.
    S4,
    /// A message that left and came back between two rounds is told as removed only.
    S5,
    /// Empty pages that lead on.
    S6,
    /// JSON that ends in the middle.
    S7,
    /// A page of HTML with status 200, as a captive portal gives.
    S8,
    /// A page older than what was done here meanwhile.
    S9,
    /// A folder is renamed, moved or deleted by another client.
    S10,
    /// A run of pages with 10,000 changes.
    S11,
    /// The device's clock is not the server's.
    S12,
    /// A commit aborts at one of its puts: nothing of it is written.
    D1,
    /// No room for mail.
    D2,
    /// No room for the outbox.
    D3,
    /// The connection to the store is lost.
    D4,
    /// The database is deleted while it is open.
    D5,
    /// A record cannot be read.
    D8,
    /// Everything this origin stored is gone at the next start.
    D9,
    /// A commit takes five seconds.
    D10,
    /// The browser refuses to store anything.
    D11,
    /// The leader's process dies.
    T1,
    /// The leader stands still for ten minutes and goes on.
    T2,
    /// Two leaders at once.
    T3,
    /// A word between tab and leader is lost.
    T4,
    /// Words between tab and leader come late and in another order.
    T5,
    /// A new leader starts without a network.
    T9,
    /// The page is reloaded in the middle of signing in.
    T10,
}

impl Point {
    pub const ALL: [Self; 28] = [
        Self::S1,
        Self::S2,
        Self::S3,
        Self::S4,
        Self::S5,
        Self::S6,
        Self::S7,
        Self::S8,
        Self::S9,
        Self::S10,
        Self::S11,
        Self::S12,
        Self::D1,
        Self::D2,
        Self::D3,
        Self::D4,
        Self::D5,
        Self::D8,
        Self::D9,
        Self::D10,
        Self::D11,
        Self::T1,
        Self::T2,
        Self::T3,
        Self::T4,
        Self::T5,
        Self::T9,
        Self::T10,
    ];

    /// Its label in the list of fault points.
    pub fn label(self) -> String {
        format!("{self:?}")
    }
}

/// The points that cannot be caused here, and where they are looked at instead.
pub const ELSEWHERE: [(&str, &str); 5] = [
    ("D6", "an upgrade that another tab blocks is IndexedDB's own protocol; the browser tests of the store hold it"),
    ("D7", "the store in memory has one form and migrates nothing; migrations are the browser store's"),
    ("T6", "an old and a new build together need two builds of the engine; here there is one"),
    ("T7", "the service worker's update touches files alone, and the core has none"),
    ("T8", "the cache of the app's files is the service worker's, which the core does not know"),
];

/// Which points a life struck.
#[derive(Clone, Copy, Debug, Default)]
pub struct Struck(u64);

impl Struck {
    pub fn note(&mut self, point: Point) {
        self.0 |= 1 << point as u64;
    }

    pub fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub fn has(self, point: Point) -> bool {
        self.0 & (1 << point as u64) != 0
    }
}
