//! Messages as they come over the wire, read straight into what is said of them. Every property may be missing: `$select` and delta's
//! partial updates leave them out, and an item that is odd is counted and does not fail its page.

use super::call::succeeded;
use super::error::GraphError;
use super::page::{MessageChange, MessagePage, Partial, place};
use super::scan::Scan;
use super::wire;
use crate::id::{ConversationId, FolderId, MessageId};
use crate::model::{Address, Flag};
use crate::time::Timestamp;

pub(super) fn read_messages(response: &http::Response<Vec<u8>>) -> Result<MessagePage, GraphError> {
    succeeded(response)?;
    Scan::new(response.body()).and_then(|mut scan| page(&mut scan)).ok_or(GraphError::Malformed { what: "messages" })
}

pub(super) fn read_message(response: &http::Response<Vec<u8>>) -> Result<Partial, GraphError> {
    succeeded(response)?;
    let read = Scan::new(response.body()).and_then(|mut scan| message(&mut scan));
    match read.flatten() {
        Some(MessageChange::Changed(partial)) => Ok(*partial),
        Some(MessageChange::Removed(_)) | None => Err(GraphError::Malformed { what: "a message" }),
    }
}

fn page(scan: &mut Scan<'_>) -> Option<MessagePage> {
    let (mut next, mut delta, mut unusable) = (None, None, 0);
    let mut changes: Option<Vec<MessageChange>> = None;
    scan.fields(&mut |scan, name| {
        match name {
            "value" => {
                let mut items = Vec::new();
                let is_list = scan.items(&mut |scan| {
                    match message(scan)? {
                        Some(change) => items.push(change),
                        None => unusable += 1,
                    }
                    Some(())
                })?;
                changes = is_list.then_some(items);
            }
            "@odata.nextLink" => next = scan.whole_text()?,
            "@odata.deltaLink" => delta = scan.whole_text()?,
            _ => scan.pass()?,
        }
        Some(())
    })?;
    let place = place(next.map(Into::into), delta.map(Into::into));
    let cut = scan.cut;
    let is_whole = scan.is_over();
    changes.filter(|_| is_whole).map(|changes| MessagePage { changes, place, unusable, cut })
}

/// One item; `Some(None)`: it is none of a mail, or says not even which.
fn message(scan: &mut Scan<'_>) -> Option<Option<MessageChange>> {
    let mut said = Partial::nothing();
    let mut id = None;
    let (mut removed, mut is_mail) = (false, true);
    scan.fields(&mut |scan, name| {
        match name {
            "id" => id = scan.id()?,
            "@removed" => removed = scan.fields(&mut |scan, _| scan.pass())?,
            "@odata.type" => {
                if let Some(kind) = scan.text()? {
                    // Contacts and tasks lie among deleted messages.
                    is_mail = kind.to_ascii_lowercase().contains("message");
                    said.kind = Some(wire::kind(&kind));
                }
            }
            "parentFolderId" => said.folder = scan.id()?.map(FolderId::new),
            "conversationId" => said.conversation = scan.id()?.map(ConversationId::new),
            "subject" => said.subject = Some(scan.text()?.unwrap_or_default()),
            "bodyPreview" => said.preview = scan.text()?,
            "from" => said.from = Some(recipient(scan)?),
            "toRecipients" => said.to = recipients(scan)?,
            "ccRecipients" => said.cc = recipients(scan)?,
            "replyTo" => said.reply_to = recipients(scan)?,
            "receivedDateTime" => said.received = scan.text()?.and_then(|text| Timestamp::parse(&text)),
            "isRead" => said.is_read = scan.truth()?,
            "flag" => said.flag = flag(scan)?,
            "hasAttachments" => said.has_attachments = scan.truth()?,
            "importance" => said.importance = scan.text()?.map(|word| wire::importance(&word)),
            "isDraft" => said.is_draft = scan.truth()?,
            "internetMessageId" => said.has_message_id = scan.text()?.is_some_and(|id| !id.is_empty()),
            _ => scan.pass()?,
        }
        Some(())
    })?;
    Some(id.map(MessageId::new).filter(|_| is_mail).map(|id| {
        if removed {
            return MessageChange::Removed(id);
        }
        said.id = id;
        MessageChange::Changed(Box::new(said))
    }))
}

fn recipients(scan: &mut Scan<'_>) -> Option<Option<Vec<Address>>> {
    let mut list = Vec::new();
    let is_list = scan.items(&mut |scan| {
        list.extend(recipient(scan)?);
        Some(())
    })?;
    Some(is_list.then_some(list))
}

fn recipient(scan: &mut Scan<'_>) -> Option<Option<Address>> {
    let mut found = None;
    scan.fields(&mut |scan, name| {
        if name != "emailAddress" {
            return scan.pass();
        }
        let mut address = Address::default();
        let is_address = scan.fields(&mut |scan, name| {
            match name {
                "name" => address.name = scan.text()?.unwrap_or_default(),
                "address" => address.address = scan.text()?.unwrap_or_default(),
                _ => scan.pass()?,
            }
            Some(())
        })?;
        found = is_address.then_some(address);
        Some(())
    })?;
    Some(found)
}

fn flag(scan: &mut Scan<'_>) -> Option<Option<Flag>> {
    let mut flag = Flag::None;
    let is_flag = scan.fields(&mut |scan, name| {
        match name {
            "flagStatus" => flag = wire::flag(&scan.text()?.unwrap_or_default()),
            _ => scan.pass()?,
        }
        Some(())
    })?;
    Some(is_flag.then_some(flag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Importance, Kind};
    use serde_json::{Value, json};

    fn read(body: &Value) -> MessagePage {
        read_messages(&http::Response::new(body.to_string().into_bytes())).unwrap()
    }

    fn whole() -> Value {
        json!({
            "@odata.type": "#microsoft.graph.eventMessageRequest",
            "id": "m", "parentFolderId": "f", "conversationId": "c", "subject": "S \"1\"", "bodyPreview": "P",
            "from": { "emailAddress": { "name": "Grace", "address": "g@petrel.test" } },
            "toRecipients": [{ "emailAddress": { "address": "a@petrel.test" } }, null, {}],
            "ccRecipients": [], "replyTo": null, "receivedDateTime": "2026-11-23T09:41:26.7698898Z",
            "isRead": "true", "flag": { "flagStatus": "flagged", "dueDateTime": { "x": [1] } }, "hasAttachments": true,
            "importance": "HIGH", "isDraft": false, "internetMessageId": "<x@y>", "unheardOf": [{}],
        })
    }

    #[test]
    fn everything_a_row_is_made_of_is_read() {
        let mut page = read(&json!({ "value": [whole()], "@odata.nextLink": "https://g/n" }));
        let Some(MessageChange::Changed(said)) = page.changes.pop() else { panic!("{page:?}") };
        let row = said.whole(&FolderId::new("elsewhere")).unwrap();
        assert_eq!((row.id.as_str(), row.folder.as_str(), row.conversation.unwrap().as_str()), ("m", "f", "c"));
        assert_eq!((row.subject.as_str(), row.preview.as_str()), ("S \"1\"", "P"));
        assert_eq!(row.from.unwrap().address, "g@petrel.test");
        assert_eq!(row.to, [Address { name: String::new(), address: "a@petrel.test".to_owned() }]);
        assert_eq!((row.cc.len(), row.reply_to.len()), (0, 0));
        assert_eq!(row.received.to_iso(), "2026-11-23T09:41:26.769Z");
        assert_eq!((row.is_read, row.flag, row.has_attachments), (true, Flag::Flagged, true));
        assert_eq!((row.importance, row.is_draft, row.kind), (Importance::High, false, Kind::MeetingRequest));
    }

    #[test]
    fn a_property_of_another_type_counts_as_not_said() {
        for name in
            ["parentFolderId", "bodyPreview", "toRecipients", "receivedDateTime", "isRead", "flag", "importance"]
        {
            for odd in [json!(7), json!([7]), json!({ "a": {} }), json!(null), json!("")] {
                let mut item = whole();
                item[name] = odd;
                assert_eq!(read(&json!({ "value": [item] })).changes.len(), 1, "{name}");
            }
        }
    }

    #[test]
    fn items_that_are_no_mail_are_counted_and_the_others_kept() {
        let items = json!([
            { "subject": "nameless" }, { "id": 7, "subject": "numbered" }, "text", null, 3,
            { "@odata.type": "#microsoft.graph.contact", "id": "k", "subject": "Bob" },
            { "id": "x".repeat(5000), "subject": "long" },
            { "id": "gone", "@removed": { "reason": "deleted" } }, { "id": "kept", "@removed": null }, whole(),
        ]);
        let page = read(&json!({ "value": items }));
        assert_eq!(page.named().map(MessageId::as_str).collect::<Vec<_>>(), ["gone", "kept", "m"]);
        assert!(matches!(page.changes.first(), Some(MessageChange::Removed(_))));
        assert_eq!(page.unusable, 7);
    }

    #[test]
    fn a_page_that_is_none_is_malformed() {
        for body in
            ["", "<html>", "{}", "{\"value\":7}", "{\"value\":[{\"id\":\"x\",\"subj", "[]", "{\"value\":[]} <html>"]
        {
            let answer = read_messages(&http::Response::new(body.as_bytes().to_vec()));
            assert_eq!(answer, Err(GraphError::Malformed { what: "messages" }), "{body}");
        }
    }
}
