//! createUploadSession: the promise of a large file, and the address its bytes go to.
//! The bytes never come to Graph; they go to the upload host, whose address is the permission.

use serde_json::{Value, json};

use crate::graph::attachments::{SESSION_FROM, check_open, type_of};
use crate::graph::call::Call;
use crate::graph::refusal::Refusal;
use crate::graph::{Outcome, answer, event_view, events, members};
use crate::mailbox::message::Attachment;
use crate::sandbox::Sandbox;
use crate::time::iso_millis;
use crate::uploads::{Holder, LARGEST, Upload};
use crate::web::{self, percent_encode};

/// What a client may say of the file to come.
const ITEM: [&str; 6] = ["attachmentType", "contentId", "contentType", "isInline", "name", "size"];

/// Opens an upload session for a file of a draft or an event, which does not change yet.
pub(super) fn create(sandbox: &mut Sandbox, call: &Call<'_>, holder: Holder) -> Outcome {
    let holder_id = permitted(sandbox, call, holder)?;
    let body = call.json()?;
    let (promised, size) = promised(&body)?;
    let (session, token) = (sandbox.secret("upload session"), sandbox.secret("upload token"));
    let upload = Upload::new(call.person, holder, &holder_id, promised, size, &token, call.now_ms);
    let url = format!(
        "{}{}?authtoken={token}",
        sandbox.origins().upload,
        upload.path(&format!("AttachmentSessions('{}')", percent_encode(&session)))
    );
    let value = json!({
        "uploadUrl": url,
        "expirationDateTime": iso_millis(upload.expires_ms()),
        "nextExpectedRanges": ["0-"],
    });
    sandbox.uploads.open(session, upload);
    Ok(answer(201, format!("{}/$metadata#microsoft.graph.uploadSession", call.base), value))
}

/// The id of what the file will hang on, where this call may attach to it.
fn permitted(sandbox: &Sandbox, call: &Call<'_>, holder: Holder) -> Result<String, Refusal> {
    match holder {
        Holder::Message(key) => {
            call.needs_writing()?;
            check_open(sandbox, call, key)?;
            let message = sandbox.mailbox(call.person)?.message(key).ok_or(Refusal::ItemNotFound)?;
            Ok(call.id_of(message).to_owned())
        }
        Holder::Event(key) => {
            events::needs_writing(call)?;
            let entry = sandbox.mailbox(call.person)?.calendar.events.entry(key).ok_or(Refusal::ItemNotFound)?;
            Ok(event_view::id_of(call, entry, None))
        }
    }
}

/// The attachment that a body promises, still without bytes, and its size.
fn promised(body: &Value) -> Result<(Attachment, usize), Refusal> {
    let item = web::member(body, "AttachmentItem").filter(|item| item.is_object());
    let item = item.ok_or(Refusal::PropertyMissing("AttachmentItem"))?;
    members::check(item, &[&ITEM], "attachmentItem")?;
    let kind = members::text(item, "attachmentType")?.ok_or(Refusal::PropertyMissing("attachmentType"))?;
    match kind.to_ascii_lowercase().as_str() {
        "file" => {}
        "item" | "reference" => {
            return Err(Refusal::BadRequest("Only file attachments can be uploaded in a session.".to_owned()));
        }
        _ => return Err(members::wrong(&json!(kind), "microsoft.graph.attachmentType")),
    }
    let name = members::text(item, "name")?.ok_or(Refusal::PropertyMissing("name"))?;
    let size = members::number(item, "size")?.ok_or(Refusal::PropertyMissing("size"))?;
    let size = usize::try_from(size).map_err(|_| Refusal::BadRequest("The size is negative.".to_owned()))?;
    if size < SESSION_FROM {
        return Err(Refusal::AttachmentTooSmall);
    }
    if size > LARGEST {
        return Err(Refusal::AttachmentTooLarge);
    }
    let attachment = Attachment {
        name: name.to_owned(),
        content_type: members::text(item, "contentType")?.map_or_else(|| type_of(name), str::to_owned),
        inline: members::truth(item, "isInline")?.unwrap_or(false),
        content_id: members::text(item, "contentId")?.map(str::to_owned),
        ..Attachment::default()
    };
    Ok((attachment, size))
}
