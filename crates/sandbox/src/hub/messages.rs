//! SignalR's JSON messages, as far as a notification service speaks them.
//! Every message ends with the record separator, and one frame may hold several.

use serde_json::{Value, json};

/// The end of a message.
pub(super) const END: char = '\u{1e}';

/// A message ready for the wire.
pub(super) fn frame(value: &Value) -> String {
    format!("{value}{END}")
}

/// The call that brings one notification and expects a result.
pub(super) fn invocation(id: &str, text: &str) -> String {
    frame(&json!({
        "type": 1,
        "invocationId": id,
        "target": "receivenotificationmessageasync",
        "arguments": [text],
    }))
}

/// Reads a handshake request; the error is SignalR's own text.
pub(super) fn handshake(text: &str) -> Result<(), String> {
    let value: Value = serde_json::from_str(text).map_err(|_| "Handshake was canceled.".to_owned())?;
    let protocol = value.get("protocol").and_then(Value::as_str).unwrap_or_default();
    if protocol != "json" {
        return Err(format!("The protocol '{protocol}' is not supported."));
    }
    match value.get("version").and_then(Value::as_i64) {
        Some(1) => Ok(()),
        other => {
            Err(format!("The server does not support version {} of the 'json' protocol.", other.unwrap_or_default()))
        }
    }
}

/// What a client's message asks of the service.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing to do.
    Nothing,
    /// The answer to a notification.
    Completion {
        id: String,
        accepted: bool,
    },
    /// A call that expects an answer.
    Blocking {
        id: String,
        known: bool,
    },
    Goodbye,
    Malformed,
}

/// Reads one message after the handshake.
pub(super) fn read(text: &str) -> Said {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return Said::Malformed;
    };
    let Some(kind) = value.get("type").and_then(Value::as_i64) else {
        return Said::Malformed;
    };
    let id = value.get("invocationId").and_then(Value::as_str).map(str::to_owned);
    match (kind, id) {
        (1 | 4, Some(id)) => {
            let target = value.get("target").and_then(Value::as_str).unwrap_or_default();
            let known = kind == 1 && target.eq_ignore_ascii_case("ping");
            Said::Blocking { id, known }
        }
        (3, Some(id)) => Said::Completion { id, accepted: value.get("result").is_some_and(accepted) },
        (3, None) => Said::Malformed,
        (7, _) => Said::Goodbye,
        _ => Said::Nothing,
    }
}

/// Whether a result says 200, as an object or as the same in a string.
fn accepted(result: &Value) -> bool {
    let inner = result.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let object = inner.as_ref().unwrap_or(result);
    let code = crate::web::member(object, "StatusCode");
    code.is_some_and(|code| code.as_str() == Some("200") || code.as_i64() == Some(200))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_an_acknowledgement_count() {
        for result in [json!({"StatusCode": "200"}), json!("{\"StatusCode\":\"200\"}")] {
            let text = json!({"type": 3, "invocationId": "7", "result": result}).to_string();
            assert_eq!(read(&text), Said::Completion { id: "7".to_owned(), accepted: true });
        }
        let refused = json!({"type": 3, "invocationId": "7", "error": "boom"}).to_string();
        assert_eq!(read(&refused), Said::Completion { id: "7".to_owned(), accepted: false });
    }

    #[test]
    fn a_message_without_a_type_is_malformed() {
        assert_eq!(read("{}"), Said::Malformed);
        assert_eq!(read("not json"), Said::Malformed);
        assert_eq!(read("{\"type\":6}"), Said::Nothing);
        assert_eq!(read("{\"type\":99}"), Said::Nothing);
    }

    #[test]
    fn only_json_version_one_shakes_hands() {
        assert!(handshake("{\"protocol\":\"json\",\"version\":1}").is_ok());
        assert!(handshake("{\"protocol\":\"messagepack\",\"version\":1}").is_err());
        assert!(handshake("{\"protocol\":\"json\",\"version\":2}").is_err());
    }
}
