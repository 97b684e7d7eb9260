//! Continuous access evaluation: claims that clients declare, and challenges that Graph answers with.
//! Only a token whose client declared `cp1` is challenged; other tokens simply live to their end.

use serde_json::{Value, json};

use crate::chance::{base64, base64_url};
use crate::entra::failure::Failure;
use crate::people::Person;

/// How the claims of a challenge are spelled; clients must read all three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alphabet {
    Standard,
    Url,
    Unpadded,
}

impl Alphabet {
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "standard" => Some(Self::Standard),
            "url" => Some(Self::Url),
            "unpadded" => Some(Self::Unpadded),
            _ => None,
        }
    }
}

/// What Graph wants to see in tokens of a person from now on.
#[derive(Clone, Debug)]
pub(crate) struct Challenge {
    /// Names it among all challenges.
    pub(crate) id: u64,
    pub(crate) person: &'static Person,
    /// A claims request, such as `{"access_token": {"nbf": {"essential": true, "value": "1604106651"}}}`.
    pub(crate) claims: Value,
    /// Whether it can only be met on the page.
    pub(crate) interaction: bool,
    /// Whether the challenge stands in a second header line.
    pub(crate) two_lines: bool,
    pub(crate) alphabet: Alphabet,
}

impl Challenge {
    /// The claims that Graph asks for where the test does not say: a token that is newer than now.
    pub(crate) fn newer_than(now_ms: i64) -> Value {
        json!({"access_token": {"nbf": {"essential": true, "value": (now_ms / 1000).to_string()}}})
    }

    /// Whether a request for tokens asks for what this challenge wants.
    fn is_met_by(&self, claims: &Claims) -> bool {
        let wanted = self.claims.get("access_token").and_then(Value::as_object);
        let given = claims.0.get("access_token");
        wanted.is_some_and(|wanted| {
            wanted.iter().all(|(name, value)| given.and_then(|given| given.get(name)) == Some(value))
        })
    }

    /// The `WWW-Authenticate` lines of Graph's answer.
    pub(crate) fn header_lines(&self, entra: &str) -> Vec<String> {
        let text = self.claims.to_string();
        let padded = base64(text.as_bytes());
        let claims = match self.alphabet {
            Alphabet::Standard => padded,
            Alphabet::Url => padded.replace('+', "-").replace('/', "_"),
            Alphabet::Unpadded => base64_url(text.as_bytes()),
        };
        let plain = format!(
            "Bearer realm=\"\", authorization_uri=\"{entra}/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\""
        );
        let whole = format!("{plain}, error=\"insufficient_claims\", claims=\"{claims}\"");
        if self.two_lines { vec![plain, whole] } else { vec![whole] }
    }
}

/// The `claims` parameter of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Claims(Value);

impl Claims {
    pub(super) fn read(text: Option<&str>) -> Result<Self, Failure> {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
            return Ok(Self::default());
        };
        match serde_json::from_str::<Value>(text) {
            Ok(value) if value.is_object() => Ok(Self(value)),
            Ok(_) | Err(_) => {
                Err(Failure::BadParameter("The 'claims' parameter is not a valid JSON object.".to_owned()))
            }
        }
    }

    /// Whether the client understands challenges; Microsoft's own library writes `CP1`.
    pub(super) fn declares_cae(&self) -> bool {
        self.0.pointer("/access_token/xms_cc/values").and_then(Value::as_array).is_some_and(|values| {
            values.iter().filter_map(Value::as_str).any(|value| value.eq_ignore_ascii_case("cp1"))
        })
    }

    /// Optional claims of the id token that the client wants.
    pub(super) fn id_token(&self) -> Vec<String> {
        let wanted = self.0.get("id_token").and_then(Value::as_object);
        wanted.map(|wanted| wanted.keys().cloned().collect()).unwrap_or_default()
    }

    /// The challenges of this person that the request asks to meet.
    pub(super) fn meets<'c>(&self, person: &Person, challenges: &'c [Challenge]) -> Vec<&'c Challenge> {
        let mine = challenges.iter().filter(|one| one.person.object_id == person.object_id);
        mine.filter(|one| one.is_met_by(self)).collect()
    }
}
