//! The record of mail that left by sending: one entry a recipient.
//! Tests count here whether a mail went out once, twice or never.

use serde_json::{Value, json};

use crate::time::iso_millis;

/// One message delivered to one recipient.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) internet_message_id: String,
    pub(crate) marker: Option<String>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) at_ms: i64,
}

impl Delivery {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "internet_message_id": self.internet_message_id,
            "marker": self.marker,
            "from": self.from,
            "to": self.to,
            "at": iso_millis(self.at_ms),
        })
    }
}
