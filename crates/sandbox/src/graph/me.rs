//! The signed-in person, as the directory shows them.
//! Eleven properties come by themselves; the others must be selected, as in Graph.

use crate::directory;
use crate::graph::call::Call;
use crate::graph::refusal::Refusal;
use crate::graph::users::USER;
use crate::graph::{Outcome, rows};

pub(super) fn read(call: &Call<'_>) -> Outcome {
    call.needs(&["User.Read", "User.ReadBasic.All", "User.ReadWrite", "User.Read.All"])?;
    let row = directory::find(call.person.object_id).ok_or(Refusal::ItemNotFound)?.row();
    rows::expands(call, &USER, &[])?;
    rows::one(call, &USER, 200, row, format!("{}/$metadata#users/$entity", call.base))
}
