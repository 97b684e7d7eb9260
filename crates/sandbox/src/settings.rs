//! How a sandbox is set up: its five addresses, its seed and its size.
//! The addresses are settings because every redirect and every link in an answer must name the real port.

/// One of the five HTTP origins of the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// The app's static files and its `/config.json`.
    App,
    /// The sign-in service.
    Entra,
    /// Microsoft Graph, and the control calls under `/_sandbox/`.
    Graph,
    /// The SignalR service that carries notifications.
    Hub,
    /// The host that takes the bytes of upload sessions.
    Upload,
}

impl Host {
    /// The word that fault rules and the log use for this origin.
    pub fn word(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Entra => "entra",
            Self::Graph => "graph",
            Self::Hub => "hub",
            Self::Upload => "upload",
        }
    }

    /// The origin that a word of a fault rule names.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::App, Self::Entra, Self::Graph, Self::Hub, Self::Upload].into_iter().find(|host| host.word() == word)
    }
}

/// The five origins, each like `http://localhost:8081`, without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    /// Where the app is served.
    pub app: String,
    /// Where people sign in.
    pub entra: String,
    /// Where Graph answers.
    pub graph: String,
    /// Where the SignalR service answers.
    pub hub: String,
    /// Where upload sessions answer.
    pub upload: String,
}

impl Origins {
    /// The origins of a sandbox whose first port is `port_base` on `localhost`.
    pub fn local(port_base: u16) -> Self {
        let at = |step: u32| format!("http://localhost:{}", u32::from(port_base) + step);
        Self { app: at(0), entra: at(1), graph: at(2), hub: at(3), upload: at(4) }
    }
}

/// What a sandbox is made from; the same settings and the same calls give the same bytes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The five origins.
    pub origins: Origins,
    /// Seed of every id, key and generated text.
    pub seed: u64,
    /// How many generated messages ada's mailbox starts with.
    pub messages: usize,
    /// Whether the server sends no demo mail by itself.
    pub quiet: bool,
    /// Whether tokens carry a real signature. It takes milliseconds, which a test of many lives does not have;
    /// without it a token's last part is a digest.
    pub signs_tokens: bool,
}

impl Settings {
    /// Settings for tests: `http://localhost:8080` to `8084`, seed 1, empty mailboxes, quiet.
    pub fn for_tests() -> Self {
        Self { origins: Origins::local(8080), seed: 1, messages: 0, quiet: true, signs_tokens: true }
    }
}
