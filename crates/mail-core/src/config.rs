//! The runtime settings in `/config.json`: where to sign in and where the mail is.
//! Parsed once, so that everything behind it can rely on them; a mistake is answered with the field's name.

use serde_json::Value;
use std::fmt;

/// The settings, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The authority people sign in with, for example `https://login.microsoftonline.com/common`; no slash at the end.
    pub authority: String,
    /// The application (client) id of the registration: a GUID.
    pub client_id: String,
    /// The origin of Microsoft Graph, for example `https://graph.microsoft.com`; no slash at the end.
    pub graph: String,
    /// The delegated permissions to ask for.
    pub scopes: Vec<String>,
    /// The name of a test environment, shown to people; `None` in production.
    pub environment: Option<String>,
    /// Whether a mail that stayed a draft long after an unanswered `send` is sent once more without asking.
    /// Off unless set: what Graph does with a second `send` is not documented.
    pub second_send: bool,
}

/// What is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// The file is not JSON, or not an object.
    NotJson,
    /// A field is missing or unusable.
    Field {
        /// The field's name in the file.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => formatter.write_str("config.json is not a JSON object"),
            Self::Field { name, expected } => write!(formatter, "“{name}” in config.json should be {expected}"),
        }
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads the file's text.
    ///
    /// # Errors
    /// [`ConfigError`] with the first field that is missing or unusable.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(text) else {
            return Err(ConfigError::NotJson);
        };
        let text = |name: &'static str| fields.get(name).and_then(Value::as_str).map(str::trim);
        let address = |name: &'static str, expected: &'static str| {
            text(name)
                .filter(|value| is_service_address(value))
                .map(|value| value.trim_end_matches('/').to_owned())
                .ok_or(ConfigError::Field { name, expected })
        };
        let authority = address(
            "authority",
            "the https address of the sign-in authority, such as https://login.microsoftonline.com/common",
        )?;
        let client_id = text("clientId")
            .filter(|value| is_client_id(value))
            .ok_or(ConfigError::Field {
                name: "clientId",
                expected: "the application (client) id of your app registration",
            })?
            .to_owned();
        let graph = address("graph", "the https address of Microsoft Graph, such as https://graph.microsoft.com")?;
        let scopes: Vec<String> = fields
            .get("scopes")
            .and_then(Value::as_array)
            .map(|list| list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default();
        if !scopes.iter().any(|scope| scope == "openid") || !scopes.iter().any(|scope| scope.starts_with("Mail.")) {
            return Err(ConfigError::Field {
                name: "scopes",
                expected: "a list of permissions with at least openid and Mail.ReadWrite",
            });
        }
        Ok(Self {
            authority,
            client_id,
            graph,
            scopes,
            environment: text("environment").map(str::to_owned),
            second_send: fields.get("secondSend").and_then(Value::as_bool).unwrap_or(false),
        })
    }
}

/// Plain http is good enough for this machine only.
fn is_service_address(value: &str) -> bool {
    let rest = value.strip_prefix("https://").or_else(|| {
        let host = |rest: &str| rest.split([':', '/', '?', '#']).next().unwrap_or_default().to_owned();
        value.strip_prefix("http://").filter(|rest| matches!(host(rest).as_str(), "localhost" | "127.0.0.1"))
    });
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

fn is_client_id(value: &str) -> bool {
    let groups: Vec<_> = value.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12]
        && value.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
        && value.chars().any(|c| c != '-' && c != '0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"authority":"http://localhost:8081/common/","clientId":"00000000-0000-4000-8000-00000000cafe",
        "graph":"http://localhost:8082","scopes":["openid","Mail.ReadWrite"]}"#;

    #[test]
    fn good_settings_lose_only_their_trailing_slash() {
        let config = Config::parse(GOOD).unwrap();
        assert_eq!(config.authority, "http://localhost:8081/common");
        assert!(!config.second_send);
    }

    #[test]
    fn each_mistake_names_its_field() {
        for (from, to, field) in [
            ("http://localhost:8081", "http://login.example", "authority"),
            ("http://localhost:8081", "http://localhost.example", "authority"),
            ("00000000-0000-4000-8000-00000000cafe", "00000000-0000-0000-0000-000000000000", "clientId"),
            ("\"graph\"", "\"grpah\"", "graph"),
            ("Mail.ReadWrite", "User.Read", "scopes"),
        ] {
            let Err(ConfigError::Field { name, .. }) = Config::parse(&GOOD.replace(from, to)) else {
                panic!("{to} was accepted");
            };
            assert_eq!(name, field);
        }
        assert_eq!(Config::parse("<html>"), Err(ConfigError::NotJson));
        assert_eq!(Config::parse("[]"), Err(ConfigError::NotJson));
    }
}
