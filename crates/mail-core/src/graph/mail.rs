//! Folders and messages: listing, following changes, acting, writing.
//! Source of every path and rule: Microsoft Graph v1.0, mail API reference.

use super::call::{Call, Service, json, segment, succeeded};
use super::error::GraphError;
use super::page::{FolderPage, MessageChange, MessagePage, Partial, folder_change, place, read_body};
use super::reading::{read_message, read_messages};
use super::wire::{self, Page, WireFolder};
use crate::id::{AccountKey, FolderId, MessageId, OpId};
use crate::model::{AttachmentKey, Body, Flag, FolderRole};
use crate::outbox::Outgoing;
use serde::Deserialize;
use serde_json::{Value, json};

/// The properties a row is made of. Frozen into each delta link: a change means a new round for every folder.
const ROW: &str = "id,parentFolderId,conversationId,subject,bodyPreview,from,toRecipients,ccRecipients,replyTo,receivedDateTime,isRead,flag,hasAttachments,importance,isDraft,internetMessageId";
/// What is said of an attachment. Only files have a content id, and without the cast the whole request is refused.
const ATTACHMENT: &str = "id,name,contentType,size,isInline,microsoft.graph.fileAttachment/contentId";
const FOLDER: &str = "id,displayName,parentFolderId,totalItemCount,unreadItemCount,isHidden";
/// The extended property that carries our marker on a sent mail.
const MARKER: &str = "String {8d2a6f0e-6b1c-4b7e-9d53-7f0f6a1c2e90} Name PetrelOutboxId";
/// How a body is to come.
pub(super) const BODY_PREFERENCE: &str = "outlook.body-content-type=\"html\"";
/// How many items a delta page should hold.
const PAGE: &str = "odata.maxpagesize=1000";

/// Who is signed in, as the mailbox knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// The object id.
    pub id: String,
    /// The name to show.
    pub name: String,
    /// The mail address.
    pub address: String,
}

impl Service {
    /// Who is signed in.
    pub fn me(&self) -> Call<Me> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            id: String,
            display_name: Option<String>,
            mail: Option<String>,
            user_principal_name: Option<String>,
        }
        Call::new(self.get("/me?$select=id,displayName,mail,userPrincipalName"), |response| {
            let wire: Wire = json(response, "me")?;
            Ok(Me {
                id: wire.id,
                name: wire.display_name.unwrap_or_default(),
                address: wire.mail.or(wire.user_principal_name).unwrap_or_default(),
            })
        })
    }

    /// Which folder plays a role in this mailbox; refused with 404 where none does.
    pub fn folder_in_role(&self, role: FolderRole) -> Call<FolderId> {
        #[derive(Deserialize)]
        struct Wire {
            id: FolderId,
        }
        let path = format!("/me/mailFolders/{}?$select=id", role.well_known_name());
        Call::new(self.get(&path), |response| json::<Wire>(response, "a well-known folder").map(|wire| wire.id))
    }

    /// The folder tree's changes since `link`, or all of it.
    pub fn folder_changes(&self, link: Option<&str>) -> Call<FolderPage> {
        let url = link.map_or_else(|| self.at(&format!("/me/mailFolders/delta?$select={FOLDER}")), str::to_owned);
        Call::new(self.get_preferring(&url, &[PAGE]), |response| {
            let page: Page<WireFolder> = json(response, "folders")?;
            Ok(FolderPage {
                changes: page.value.into_iter().map(folder_change).collect(),
                place: place(page.next_link, page.delta_link),
            })
        })
    }

    /// The newest messages of a folder, at most `top` (1 to 1000), as a plain list.
    pub fn newest(&self, folder: &FolderId, top: u32) -> Call<MessagePage> {
        let path = format!(
            "/me/mailFolders/{}/messages?$select={ROW}&$top={top}&$orderby=receivedDateTime%20desc",
            segment(folder.as_str())
        );
        Call::new(self.get(&path), read_messages)
    }

    /// A folder's changes since `link`, or all its messages, newest first.
    pub fn message_changes(&self, folder: &FolderId, link: Option<&str>) -> Call<MessagePage> {
        let url = link.map_or_else(
            || {
                self.at(&format!(
                    "/me/mailFolders/{}/messages/delta?$select={ROW}&$orderby=receivedDateTime%20desc",
                    segment(folder.as_str())
                ))
            },
            str::to_owned,
        );
        Call::new(self.get_preferring(&url, &[PAGE]), read_messages)
    }

    /// One message's row, wherever it lies.
    pub fn message(&self, id: &MessageId) -> Call<Partial> {
        Call::new(self.get(&format!("/me/messages/{}?$select={ROW}", segment(id.as_str()))), read_message)
    }

    /// One message's body and the list of its files.
    pub fn body(&self, id: &MessageId) -> Call<Body> {
        Call::new(self.get_preferring(&self.at(&body_path(id)), &[BODY_PREFERENCE]), read_body)
    }

    /// The bytes of an attachment; of an item, its file. They are the answer's body, which is read by nothing else.
    pub fn attachment(&self, key: &AttachmentKey) -> Call<()> {
        let path =
            format!("/me/messages/{}/attachments/{}/$value", segment(key.message.as_str()), segment(&key.attachment));
        let mut request = self.get(&path);
        request.headers_mut().insert(http::header::ACCEPT, http::HeaderValue::from_static("*/*"));
        Call::new(request, succeeded)
    }

    /// Marks a message read or unread.
    pub fn set_read(&self, id: &MessageId, read: bool) -> Call<Partial> {
        Call::new(
            self.patch(&format!("/me/messages/{}", segment(id.as_str())), &json!({ "isRead": read })),
            read_message,
        )
    }

    /// Sets or clears the follow-up flag.
    pub fn set_flag(&self, id: &MessageId, flag: Flag) -> Call<Partial> {
        let body = json!({ "flag": { "flagStatus": wire::flag_name(flag) } });
        Call::new(self.patch(&format!("/me/messages/{}", segment(id.as_str())), &body), read_message)
    }

    /// Moves a message; its immutable id stays.
    pub fn move_to(&self, id: &MessageId, folder: &FolderId) -> Call<Partial> {
        let body = json!({ "destinationId": folder.as_str() });
        Call::new(self.post(&format!("/me/messages/{}/move", segment(id.as_str())), Some(&body)), read_message)
    }

    /// Creates the draft of a new mail, marked twice so that it is found again.
    pub fn create_draft(&self, mail: &Outgoing, marker: &OpId) -> Call<Partial> {
        let mut body = content(mail);
        mark(&mut body, marker);
        Call::new(self.post("/me/messages", Some(&body)), read_message)
    }

    /// Creates the draft of an answer, so that the server threads it; marked like a new one.
    pub fn create_answer(&self, to: &MessageId, all: bool, marker: &OpId) -> Call<Partial> {
        let mut message = json!({});
        mark(&mut message, marker);
        let verb = if all { "createReplyAll" } else { "createReply" };
        Call::new(
            self.post(&format!("/me/messages/{}/{verb}", segment(to.as_str())), Some(&json!({ "message": message }))),
            read_message,
        )
    }

    /// Writes what the person wrote over the draft's content.
    pub fn fill_draft(&self, draft: &MessageId, mail: &Outgoing) -> Call<Partial> {
        Call::new(self.patch(&format!("/me/messages/{}", segment(draft.as_str())), &content(mail)), read_message)
    }

    /// Sends a draft. Only 202 is success: anything else may or may not have sent it.
    pub fn send(&self, draft: &MessageId) -> Call<()> {
        Call::new(self.post(&format!("/me/messages/{}/send", segment(draft.as_str())), None), |response| {
            if response.status().as_u16() == 202 { Ok(()) } else { Err(GraphError::of(response)) }
        })
    }

    /// Looks for the mail with our marker in a folder.
    pub fn find_marked(&self, folder: FolderRole, marker: &OpId) -> Call<Option<Partial>> {
        let filter = format!("singleValueExtendedProperties/any(ep: ep/id eq '{MARKER}' and ep/value eq '{marker}')");
        let path =
            format!("/me/mailFolders/{}/messages?$select={ROW}&$filter={}", folder.well_known_name(), segment(&filter));
        Call::new(self.get(&path), |response| {
            let found = read_messages(response)?.changes.into_iter().find_map(|change| match change {
                MessageChange::Changed(partial) => Some(*partial),
                MessageChange::Removed(_) => None,
            });
            Ok(found)
        })
    }

    /// Gives up a draft on the server.
    pub fn delete_draft(&self, draft: &MessageId) -> Call<()> {
        Call::new(self.delete(&format!("/me/messages/{}", segment(draft.as_str()))), succeeded)
    }
}

/// Whose mailbox it is: tenant and object id.
pub fn account_key(tenant: &str, object: &str) -> AccountKey {
    AccountKey::new(format!("{tenant}.{object}"))
}

/// Where a message's body and the list of its files are, below the version.
pub(super) fn body_path(id: &MessageId) -> String {
    format!(
        "/me/messages/{}?$select=body,hasAttachments&$expand=attachments($select={ATTACHMENT})",
        segment(id.as_str())
    )
}

fn content(mail: &Outgoing) -> Value {
    json!({
        "subject": mail.subject,
        "body": { "contentType": "text", "content": mail.text },
        "toRecipients": wire::recipients(&mail.to),
        "ccRecipients": wire::recipients(&mail.cc),
    })
}

fn mark(message: &mut Value, marker: &OpId) {
    if let Some(fields) = message.as_object_mut() {
        fields
            .insert("internetMessageHeaders".to_owned(), json!([{ "name": "x-petrel-id", "value": marker.as_str() }]));
        fields.insert("singleValueExtendedProperties".to_owned(), json!([{ "id": MARKER, "value": marker.as_str() }]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AttachmentKind;

    #[test]
    fn the_bytes_of_an_attachment_are_asked_for_as_they_are() {
        let key = AttachmentKey { message: MessageId::new("a+/="), attachment: "b/c".to_owned() };
        let call = Service::new("https://g").attachment(&key);
        assert_eq!(call.request.uri(), "https://g/v1.0/me/messages/a%2B%2F%3D/attachments/b%2Fc/$value");
        assert_eq!(call.request.headers()["accept"], "*/*");
    }

    #[test]
    fn an_attachment_says_what_it_is_and_what_the_body_calls_it() {
        let answer = json!({ "body": { "contentType": "html", "content": "" }, "attachments": [
            { "@odata.type": "#microsoft.graph.fileAttachment", "id": "1", "contentId": "x@y", "isInline": true },
            { "@odata.type": "#microsoft.graph.itemAttachment", "id": "2", "contentType": null, "size": 5 },
            { "@odata.type": "#microsoft.graph.referenceAttachment", "id": "3", "name": "Plan" },
            { "id": "4", "contentId": "" },
        ]});
        let call = Service::new("https://g").body(&MessageId::new("m"));
        assert!(call.request.uri().to_string().contains("microsoft.graph.fileAttachment/contentId"));
        let body = call.read(&http::Response::new(answer.to_string().into_bytes())).unwrap();
        let kinds: Vec<_> = body.attachments.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [AttachmentKind::File, AttachmentKind::Item, AttachmentKind::Link, AttachmentKind::File]);
        assert_eq!(body.attachments[0].content_id.as_deref(), Some("x@y"));
        assert_eq!(body.attachments[3].content_id, None);
        assert!(!body.is_dated());
    }
}
