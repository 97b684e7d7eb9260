//! What tests can turn at the hub, at notifications and at the rules of subscriptions.
//! Everything stands at the service's own behaviour until a control call moves it.

/// How the SignalR service behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HubDials {
    /// How often a notification is tried in all.
    pub(crate) tries: u32,
    /// Milliseconds between two tries.
    pub(crate) again_ms: i64,
    /// Answers every negotiate in this version, whatever was asked.
    pub(crate) negotiate_version: Option<u32>,
    /// Answers every negotiate with this error.
    pub(crate) negotiate_error: Option<String>,
    /// Answers every negotiate with a redirect to itself.
    pub(crate) redirect_loop: bool,
    /// The service's own origin, for that redirect.
    pub(crate) own_origin: String,
    /// Refuses every handshake with this text.
    pub(crate) handshake_error: Option<String>,
    /// Puts neighbouring messages into one frame.
    pub(crate) glue: bool,
}

impl Default for HubDials {
    fn default() -> Self {
        Self {
            tries: 3,
            again_ms: 10_000,
            negotiate_version: None,
            negotiate_error: None,
            redirect_loop: false,
            own_origin: String::new(),
            handshake_error: None,
            glue: false,
        }
    }
}

/// What happens to notifications between a change and its delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NoticeDials {
    /// So many of the next ones are lost.
    pub(crate) lose: u64,
    /// So many of the next ones come twice.
    pub(crate) duplicate: u64,
    /// All come so much later, in milliseconds.
    pub(crate) delay_ms: i64,
    /// Each comes later by a share of this, in milliseconds, that the seed decides.
    pub(crate) jitter_ms: i64,
    /// What falls due together comes in the opposite order.
    pub(crate) reorder: bool,
    /// A new message is told as created and then as updated, as Exchange often does.
    pub(crate) echo: bool,
    /// Carried instead of the subscription's own.
    pub(crate) client_state: Option<String>,
    /// Carried instead of the subscription's own.
    pub(crate) subscription_id: Option<String>,
    /// More changes than this at once are not told one by one: `missed` is told instead.
    pub(crate) missed_above: Option<usize>,
}

/// The rules of subscriptions that are in doubt or in a test's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuleDials {
    /// Whether anything under 45 minutes is raised to 45 minutes.
    pub(crate) floor: bool,
    /// Whether a token needs a scope for reading and one for writing does not count.
    pub(crate) strict_scopes: bool,
    /// Whether a second subscription of an app to the same changes is refused with 409.
    pub(crate) conflict: bool,
    /// Whether the next renewal moves the channel to another address.
    pub(crate) move_channel: bool,
    /// Active subscriptions a mailbox can have, of all apps together.
    pub(crate) most: usize,
    /// Origins that count as a browser's push service besides the known ones.
    pub(crate) push_origins: Vec<String>,
}

impl Default for RuleDials {
    fn default() -> Self {
        Self {
            floor: true,
            strict_scopes: false,
            conflict: false,
            move_channel: false,
            most: 1000,
            push_origins: Vec::new(),
        }
    }
}
