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

/// What ASP.NET Core says of a handshake that is none.
const NO_HANDSHAKE: &str = "An unexpected error occurred during connection handshake.";

/// Reads a handshake request; the error is SignalR's own text.
pub(super) fn handshake(text: &str) -> Result<(), String> {
    let value: Value = serde_json::from_str(text).map_err(|_| NO_HANDSHAKE.to_owned())?;
    let protocol = value.get("protocol").and_then(Value::as_str).ok_or(NO_HANDSHAKE)?;
    let version = value.get("version").and_then(Value::as_i64).ok_or(NO_HANDSHAKE)?;
    if protocol != "json" {
        return Err(format!("The protocol '{protocol}' is not supported."));
    }
    if version != 1 {
        return Err(format!("The server does not support version {version} of the 'json' protocol."));
    }
    Ok(())
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
        target: String,
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
    let id = match value.get("invocationId") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) if !id.is_empty() => Some(id.clone()),
        Some(_) => return Said::Malformed,
    };
    match (kind, id) {
        (1 | 4, id) => invoked(&value, kind, id),
        (3, Some(id)) => completed(&value, id),
        (2 | 3 | 5, None) => Said::Malformed,
        (7, _) => Said::Goodbye,
        _ => Said::Nothing,
    }
}

fn invoked(value: &Value, kind: i64, id: Option<String>) -> Said {
    let target = value.get("target").and_then(Value::as_str).unwrap_or_default();
    if target.is_empty() || !value.get("arguments").is_some_and(Value::is_array) {
        return Said::Malformed;
    }
    match id {
        Some(id) => {
            let known = kind == 1 && target.eq_ignore_ascii_case("ping");
            Said::Blocking { id, known, target: target.to_owned() }
        }
        // A stream must have a name to come back under.
        None if kind == 4 => Said::Malformed,
        None => Said::Nothing,
    }
}

fn completed(value: &Value, id: String) -> Said {
    match (value.get("result"), value.get("error")) {
        (Some(_), Some(_)) => Said::Malformed,
        (_, Some(error)) if !error.is_string() => Said::Malformed,
        (result, _) => Said::Completion { id, accepted: result.is_some_and(accepted) },
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
        assert!(handshake("{\"protocol\":\"json\",\"version\":1,\"minorVersion\":7}").is_ok());
        for none in ["42", "[]", "{}", "{\"version\":1}", "{\"protocol\":\"json\"}", "null"] {
            assert_eq!(handshake(none), Err(NO_HANDSHAKE.to_owned()), "{none}");
        }
    }

    #[test]
    fn members_of_the_wrong_kind_are_malformed() {
        for text in [
            r#"{"type":1,"target":7,"arguments":[]}"#,
            r#"{"type":1,"target":"","arguments":[]}"#,
            r#"{"type":1,"target":"ping"}"#,
            r#"{"type":1,"invocationId":7,"target":"ping","arguments":[]}"#,
            r#"{"type":1,"invocationId":"","target":"ping","arguments":[]}"#,
            r#"{"type":3,"result":null}"#,
            r#"{"type":3,"invocationId":"7","result":1,"error":"boom"}"#,
            r#"{"type":3,"invocationId":"7","error":5}"#,
            r#"{"type":4,"target":"stream","arguments":[]}"#,
            r#"{"type":"1"}"#,
        ] {
            assert_eq!(read(text), Said::Malformed, "{text}");
        }
        assert_eq!(read(r#"{"arguments":[],"target":"PING","type":1,"extra":true}"#), Said::Nothing);
    }
}
