//! The signed-in person.
//! Only what the directory shows with `User.Read`.

use serde_json::{Value, json};

use crate::graph::call::Call;
use crate::graph::{Outcome, answer};

pub(super) fn read(call: &Call<'_>) -> Outcome {
    call.needs(&["User.Read", "User.ReadBasic.All", "User.ReadWrite"])?;
    let person = call.person;
    let mut value = json!({
        "businessPhones": [],
        "displayName": person.name,
        "givenName": person.given_name,
        "jobTitle": person.job_title,
        "mail": person.address,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": "en-US",
        "surname": person.surname,
        "userPrincipalName": person.address,
        "id": person.object_id,
    });
    if let Some(select) = call.query.first("$select")
        && let Some(object) = value.as_object_mut()
    {
        object.insert("proxyAddresses".to_owned(), json!([format!("SMTP:{}", person.address)]));
        let names: Vec<&str> = select.split(',').map(str::trim).collect();
        object.retain(|key, _: &mut Value| names.iter().any(|name| key.eq_ignore_ascii_case(name)));
    }
    Ok(answer(200, format!("{}/$metadata#users/$entity", call.base), value))
}
