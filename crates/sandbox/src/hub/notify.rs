//! Changes of a mailbox become notifications for the subscriptions that asked for them.
//! A notification names the message and nothing more: it is a poke, the client reads by delta.

use serde_json::{Value, json};

use crate::graph::subscriptions::{Scope, Subscription};
use crate::mailbox::Mailbox;
use crate::mailbox::changes::Event;
use crate::people::{PEOPLE, TENANT};
use crate::sandbox::Sandbox;
use crate::time::iso_millis;

/// Tells every subscription what happened since the last call.
pub(crate) fn flush(sandbox: &mut Sandbox, now_ms: i64) {
    sandbox.subscriptions.retain(|_, one| one.expires_ms > now_ms);
    for person in &PEOPLE {
        let Ok(mailbox) = sandbox.mailbox_mut(person) else {
            continue;
        };
        let events = std::mem::take(&mut mailbox.events);
        for event in &events {
            let due: Vec<(String, String)> = sandbox
                .subscriptions
                .values()
                .filter(|one| one.person.object_id == person.object_id && wants(one, event))
                .filter_map(|one| {
                    let mailbox = sandbox.mailbox(person).ok()?;
                    Some((one.channel.clone(), text(one, event, mailbox).to_string()))
                })
                .collect();
            for (channel, text) in due {
                sandbox.hub.notify(&channel, &text, now_ms);
            }
        }
    }
}

fn wants(subscription: &Subscription, event: &Event) -> bool {
    let kind = subscription.change_types.split(',').any(|kind| kind.trim().eq_ignore_ascii_case(event.deed.word()));
    kind && match &subscription.scope {
        Scope::Mailbox => true,
        Scope::Folder(folder) => *folder == event.folder,
    }
}

fn text(subscription: &Subscription, event: &Event, mailbox: &Mailbox) -> Value {
    let id = if subscription.immutable { &event.immutable_id } else { &event.default_id };
    let resource = format!("Users/{}/Messages/{id}", subscription.person.object_id);
    json!({
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": iso_millis(subscription.expires_ms),
        "changeType": event.deed.word(),
        "resource": resource,
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Message",
            "@odata.id": resource,
            "@odata.etag": mailbox.etag(event.change),
            "id": id,
        },
        "clientState": subscription.client_state,
        "tenantId": TENANT,
    })
}
