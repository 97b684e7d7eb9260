//! Time zones in requests: the one a body names, and the one a header prefers for the times of the answer.
//! A zone nobody knows is refused, wherever it stands.

use crate::graph::call::Call;
use crate::graph::refusal::Refusal;
use crate::graph::refusal_people::PeopleRefusal;
use crate::zones::Zone;

/// The zone of this name.
pub(super) fn named(name: &str) -> Result<Zone, Refusal> {
    Zone::find(name).ok_or_else(|| PeopleRefusal::BadZone(name.to_owned()).into())
}

/// The zone a request prefers by `outlook.timezone`; UTC where it does not say.
pub(super) fn preferred(call: &Call<'_>) -> Result<Zone, Refusal> {
    call.zone.as_deref().map_or_else(|| Ok(Zone::utc()), named)
}
