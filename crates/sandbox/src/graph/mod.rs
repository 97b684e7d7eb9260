//! Microsoft Graph: checks the token, finds the handler, and dresses the answer.
//! One file each for what clients do: list, read, write, reply, send, follow changes, subscribe.

mod attached_files;
mod attached_item;
mod attachment_view;
mod folder_view;
mod members;
mod nested;
mod upload;

pub(crate) mod attachments;
mod auth;
mod batch;
pub(crate) mod call;
mod contact_folders;
mod contacts;
mod delta;
mod delta_rows;
mod derived;
mod edit;
mod event_answers;
pub(crate) mod event_attachments;
mod event_body;
mod event_message;
mod event_view;
mod events;
mod expand;
mod extended;
mod extensions;
mod filter;
mod folder_delta;
mod folders;
mod free_busy;
mod grammar;
mod item;
mod kql;
mod kql_values;
mod listing;
mod me;
pub(crate) mod office;
mod persons;
mod photos;
mod properties;
mod query;
pub(crate) mod quota;
pub(crate) mod refusal;
pub(crate) mod refusal_people;
mod render;
mod reply;
mod rows;
mod schedule;
mod search;
mod search_query;
pub(crate) mod send;
pub(crate) mod subscription;
mod subscription_rules;
pub(crate) mod subscriptions;
pub(crate) mod throttle;
mod users;
mod values;
mod words;
mod zone;

use http::{Method, Request};
use serde_json::{Value, json};

use crate::entra::userinfo;
use crate::graph::call::Call;
use crate::graph::refusal::Refusal;
use crate::sandbox::Sandbox;
use crate::time::{http_date, iso_bare};
use crate::uploads::Holder;
use crate::web::{self, Answer, Pairs, header};

/// Which machine answered, as Graph says with every answer.
const DIAGNOSTIC: &str =
    r#"{"ServerInfo":{"DataCenter":"Sandbox","Slice":"E","Ring":"1","ScaleUnit":"000","RoleInstance":"SANDBOX"}}"#;

/// What handlers answer with.
pub(crate) type Outcome = Result<Answer, Refusal>;

/// Answers one request to Graph; `now_ms` is the sandbox's time.
pub(crate) fn handle(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, now_ms: i64) -> Answer {
    let request_id = sandbox.fresh_guid("request");
    let client_request_id = header(request.headers(), "client-request-id").unwrap_or(&request_id);
    let mut applied = Vec::new();
    let outcome = route(sandbox, request, now_ms, &mut applied);
    let ids = (request_id.as_str(), client_request_id);
    let mut answer =
        outcome.unwrap_or_else(|refusal| throttle::refused(sandbox, &refusal, ids, &iso_bare(now_ms), now_ms));
    web::set(&mut answer, "request-id", &request_id);
    web::set(&mut answer, "client-request-id", client_request_id);
    web::set(&mut answer, "date", &http_date(now_ms));
    web::set(&mut answer, "cache-control", "private");
    web::set(&mut answer, "x-ms-ags-diagnostic", DIAGNOSTIC);
    if !applied.is_empty() {
        web::set(&mut answer, "preference-applied", &applied.join(", "));
    }
    answer
}

fn route(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, now_ms: i64, applied: &mut Vec<String>) -> Outcome {
    let path = request.uri().path();
    if userinfo::is_meant(path) {
        return userinfo::read(sandbox, request, now_ms);
    }
    let mut segments = call::segments(path);
    let version = if segments.is_empty() { String::new() } else { segments.remove(0) };
    // SignalR's negotiate is reached by the address in a notificationUrl, whose version may read `1.0`.
    if segments.len() >= 4 && subscriptions::is_channel(&segments) {
        return subscriptions::negotiate(sandbox, request, &version, &segments, now_ms);
    }
    if !matches!(version.as_str(), "v1.0" | "beta") {
        return Err(Refusal::NoSuchResource(version));
    }
    let grant = auth::grant(sandbox, request.headers(), now_ms)?;
    if batch::is_batch(&segments) {
        return batch::run(sandbox, request, &version, now_ms);
    }
    throttle::admit(sandbox, request, &grant, now_ms)?;
    // A guest is in the directory; their mailbox is at home.
    if grant.is_guest() && segments.len() > 1 {
        return Err(Refusal::NoMailbox);
    }
    let mut call = Call {
        method: request.method().clone(),
        words: Vec::new(),
        segments,
        query: Pairs::parse(request.uri().query().unwrap_or_default()),
        headers: request.headers(),
        body: request.body(),
        person: grant.person,
        client: grant.client,
        scopes: grant.scopes,
        now_ms,
        base: format!("{}/{version}", sandbox.origins().graph),
        version,
        path: path.to_owned(),
        immutable: false,
        body_kind: None,
        unsafe_html: false,
        zone: None,
        page_size: None,
        applied: Vec::new(),
    };
    call.read_preferences();
    applied.clone_from(&call.applied);
    if let Some(outcome) = users::handle(sandbox, &mut call) {
        return outcome;
    }
    auth::enter_mailbox(&mut call)?;
    call.words = call
        .segments
        .iter()
        .map(|segment| {
            let lower = segment.to_ascii_lowercase();
            lower.strip_prefix("microsoft.graph.").map_or(lower.clone(), str::to_owned)
        })
        .collect();
    folders::unnest(sandbox, &mut call)?;
    quota::guarded(sandbox, &call)
}

fn dispatch(sandbox: &mut Sandbox, call: &Call<'_>) -> Outcome {
    let words: Vec<&str> = call.words.iter().map(String::as_str).collect();
    let get = call.method == Method::GET;
    let post = call.method == Method::POST;
    match words.as_slice() {
        ["subscriptions", rest @ ..] => subscriptions::handle(sandbox, call, rest),
        ["me"] if get => me::read(call),
        ["me", "mailfolders", rest @ ..] => folder_call(sandbox, call, rest),
        ["me", "messages"] if get => listing::mailbox(sandbox, call),
        ["me", "messages"] if post => edit::create(sandbox, call, "drafts"),
        ["me", "messages", "$count"] if get => listing::count(sandbox, call, None),
        ["me", "messages", "delta"] if get => Err(Refusal::NoChangeTracking),
        ["search", "query"] if post => search_query::run(sandbox, call),
        ["me", "messages", id, rest @ ..] if !id.is_empty() => message_call(sandbox, call, 2, rest),
        ["me", "sendmail"] if post => send::send_mail(sandbox, call),
        [
            "me",
            "outlook" | "mailboxsettings" | "inferenceclassification" | "getmailtips" | "translateexchangeids",
            ..,
        ] => office::handle(sandbox, call, words.get(1..).unwrap_or_default()),
        ["me", "photo" | "photos", ..] => photos::own(sandbox, call, words.get(1..).unwrap_or_default()),
        ["me", "people", rest @ ..] => persons::handle(sandbox, call, rest),
        ["me", "contactfolders", rest @ ..] => contact_folders::handle(sandbox, call, rest),
        ["me", "contacts"] | ["me", "contacts", "$count" | "delta"] => {
            contacts::of_folder(sandbox, call, "contacts", "contacts", words.get(2..).unwrap_or_default())
        }
        ["me", "contacts", _, rest @ ..] => contacts::one(sandbox, call, 2, rest),
        ["me", "calendar" | "calendars" | "calendarview", ..] => {
            schedule::handle(sandbox, call, words.get(1..).unwrap_or_default())
        }
        ["me", "events", rest @ ..] => events::handle(sandbox, call, rest),
        ["me" | "messages" | "mailfolders"] | ["me", "messages" | "sendmail"] => Err(Refusal::MethodNotAllowed),
        ["me", other, ..] | [other, ..] => Err(Refusal::NoSuchResource((*other).to_owned())),
        [] => Err(Refusal::NoSuchResource(String::new())),
    }
}

fn folder_call(sandbox: &mut Sandbox, call: &Call<'_>, rest: &[&str]) -> Outcome {
    let get = call.method == Method::GET;
    let post = call.method == Method::POST;
    let folder = call.segment(2);
    match rest {
        [] if get => folders::children(sandbox, call, "msgfolderroot"),
        [] if post => folders::create(sandbox, call, "msgfolderroot"),
        ["$count"] if get => folders::count(sandbox, call, "msgfolderroot"),
        ["delta"] if get => folder_delta::read(sandbox, call, None),
        [_] => folders::one(sandbox, call, folder),
        [_, "childfolders"] if get => folders::children(sandbox, call, folder),
        [_, "childfolders"] if post => folders::create(sandbox, call, folder),
        [_, "childfolders", "$count"] if get => folders::count(sandbox, call, folder),
        [_, "childfolders", "delta"] if get => folder_delta::read(sandbox, call, Some(folder)),
        [_, "move"] if post => folders::relocate(sandbox, call, folder),
        [_, "copy"] if post => folders::copy(sandbox, call, folder),
        [_, "permanentdelete"] if post => folders::purge(sandbox, call, folder),
        [_, "messages"] if get => listing::folder(sandbox, call, folder),
        [_, "messages"] if post => edit::create(sandbox, call, folder),
        [_, "messages", "delta"] if get => delta::read(sandbox, call, folder),
        [_, "messages", "$count"] if get => listing::count(sandbox, call, Some(folder)),
        [_, "childfolders", _, "messages"] if get => listing::folder(sandbox, call, call.segment(4)),
        [_, "childfolders", _, "messages"] if post => edit::create(sandbox, call, call.segment(4)),
        [_, "childfolders", _, "messages", "$count"] if get => listing::count(sandbox, call, Some(call.segment(4))),
        [_, "childfolders", _, "messages", _, deeper @ ..] => message_call(sandbox, call, 6, deeper),
        [.., _, "messagerules"] | [.., _, "messagerules", _] => office::handle_rules(sandbox, call),
        [_, "messages", _, deeper @ ..] => message_call(sandbox, call, 4, deeper),
        [] | [_, "childfolders" | "messages" | "move" | "copy" | "permanentdelete"] => Err(Refusal::MethodNotAllowed),
        [_, other, ..] => Err(Refusal::NoSuchResource((*other).to_owned())),
    }
}

/// What can follow a message's id.
const ACTIONS: [&str; 13] = [
    "$value",
    "move",
    "copy",
    "permanentdelete",
    "send",
    "createreply",
    "createreplyall",
    "createforward",
    "attachments",
    "reply",
    "replyall",
    "forward",
    "extensions",
];

/// A call about one message, whose id is the segment at `at`.
fn message_call(sandbox: &mut Sandbox, call: &Call<'_>, at: usize, rest: &[&str]) -> Outcome {
    let id = call.segment(at);
    let key = item::key(sandbox, call, id).map_err(|refusal| match rest.first() {
        // An id with a raw slash falls apart, and its second half is no action's name.
        Some(half) if !ACTIONS.contains(half) => Refusal::IdMalformed,
        Some(_) | None => refusal,
    })?;
    match (call.method.as_str(), rest) {
        ("GET", []) => item::read(sandbox, call, key),
        ("PATCH", []) => item::patch(sandbox, call, key),
        ("DELETE", []) => item::delete(sandbox, call, key),
        ("GET", ["$value"]) => item::mime(sandbox, call, key),
        ("POST", ["move"]) => item::relocate(sandbox, call, key),
        ("POST", ["copy"]) => item::copy(sandbox, call, key),
        ("POST", ["permanentdelete"]) => item::purge(sandbox, call, key),
        ("POST", ["send"]) => send::send(sandbox, call, key),
        ("POST", ["createreply"]) => reply::create(sandbox, call, key, reply::Kind::Reply),
        ("POST", ["createreplyall"]) => reply::create(sandbox, call, key, reply::Kind::ReplyAll),
        ("POST", ["createforward"]) => reply::create(sandbox, call, key, reply::Kind::Forward),
        ("POST", ["reply"]) => reply::at_once(sandbox, call, key, reply::Kind::Reply),
        ("POST", ["replyall"]) => reply::at_once(sandbox, call, key, reply::Kind::ReplyAll),
        ("POST", ["forward"]) => reply::at_once(sandbox, call, key, reply::Kind::Forward),
        (_, ["extensions"]) => extensions::handle(sandbox, call, key, None),
        (_, ["extensions", _]) => extensions::handle(sandbox, call, key, Some(call.segment(at + 2))),
        ("GET", ["attachments"]) => attachments::list(sandbox, call, key),
        ("POST", ["attachments"]) => attachments::add(sandbox, call, key),
        ("GET", ["attachments", "$count"]) => attachments::count(sandbox, call, key),
        ("POST", ["attachments", "createuploadsession"]) => upload::create(sandbox, call, Holder::Message(key)),
        ("GET", ["attachments", _]) => attachments::read(sandbox, call, key, call.segment(at + 2)),
        ("DELETE", ["attachments", _]) => attachments::delete(sandbox, call, key, call.segment(at + 2)),
        ("GET", ["attachments", _, "$value"]) => attachments::value(sandbox, call, key, call.segment(at + 2)),
        (_, ["attachments", ..]) => Err(Refusal::MethodNotAllowed),
        (_, []) => Err(Refusal::MethodNotAllowed),
        (_, [other, ..]) => Err(Refusal::NoSuchResource((*other).to_owned())),
    }
}

/// A JSON answer with its context line.
pub(crate) fn answer(status: u16, context: String, mut value: Value) -> Answer {
    let tag = value.get("@odata.etag").and_then(Value::as_str).map(str::to_owned);
    if let Some(object) = value.as_object_mut() {
        object.insert("@odata.context".to_owned(), json!(context));
    }
    let mut answer = web::answer(
        status,
        "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8",
        web::bytes(&value),
    );
    if let Some(tag) = tag {
        web::set(&mut answer, "etag", &tag);
    }
    answer
}
