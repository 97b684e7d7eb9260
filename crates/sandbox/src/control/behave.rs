//! `/_sandbox/behave`: reading, setting and resting the switches of the sandbox's behaviour.
//! What each switch does is written beside it in `behaviour`.

use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::sandbox::Sandbox;

/// Sets the switches that the body names; the answer is all of them.
pub(super) fn set(sandbox: &mut Sandbox, body: &Value) -> Result<Value, String> {
    sandbox.behaviour.set(body)?;
    Ok(sandbox.behaviour.to_json())
}

/// Puts every switch back to rest; the answer is all of them.
pub(super) fn rest(sandbox: &mut Sandbox) -> Value {
    sandbox.behaviour = Behaviour::default();
    sandbox.behaviour.to_json()
}
