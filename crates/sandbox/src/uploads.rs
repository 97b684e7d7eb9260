//! The upload host: takes the bytes of large attachments in ranges, in order, and hands over the whole file.
//! It is a host of its own with manners of its own: no token but the address, and error bodies of another make.

use std::collections::BTreeMap;

use http::{Method, Request};
use serde_json::json;

use crate::graph::{attachments, call, event_attachments};
use crate::mailbox::message::Attachment;
use crate::people::{Person, TENANT};
use crate::sandbox::Sandbox;
use crate::time::{iso_bare, iso_millis};
use crate::web::{self, Answer, Pairs, header, percent_encode};

/// The largest file, in bytes.
pub(crate) const LARGEST: usize = 150 * 1024 * 1024;
/// The largest range of one request, in bytes.
const LARGEST_RANGE: usize = 4 * 1024 * 1024;
/// How long a session lives without a range; every range renews it.
const LIFE_MS: i64 = 3_600_000;
/// Exchange takes this many bytes in this time from one app for one mailbox.
const QUOTA: usize = 150 * 1024 * 1024;
const QUOTA_MS: i64 = 300_000;

/// What a file will hang on, by its key in the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    Message(u64),
    Event(u64),
}

impl Holder {
    /// The word of its collection in the addresses of the upload host.
    fn word(self) -> &'static str {
        match self {
            Self::Message(_) => "Messages",
            Self::Event(_) => "Events",
        }
    }
}

/// One file on its way.
#[derive(Debug)]
pub(crate) struct Upload {
    person: &'static Person,
    holder: Holder,
    /// The holder's id as its client knows it, for the addresses in answers.
    holder_id: String,
    attachment: Attachment,
    size: usize,
    token: String,
    expires_ms: i64,
}

impl Upload {
    pub(crate) fn new(
        person: &'static Person,
        holder: Holder,
        holder_id: &str,
        attachment: Attachment,
        size: usize,
        token: &str,
        now_ms: i64,
    ) -> Self {
        let expires_ms = now_ms + LIFE_MS;
        Self { person, holder, holder_id: holder_id.to_owned(), attachment, size, token: token.to_owned(), expires_ms }
    }

    /// When the session ends by itself, in milliseconds since 1970.
    pub(crate) fn expires_ms(&self) -> i64 {
        self.expires_ms
    }

    /// A path on the upload host to something of what the file will hang on.
    pub(crate) fn path(&self, what: &str) -> String {
        format!(
            "/api/v2.0/Users('{}@{TENANT}')/{}('{}')/{what}",
            self.person.object_id,
            self.holder.word(),
            percent_encode(&self.holder_id)
        )
    }
}

/// Every open session, and what was taken lately.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    open: BTreeMap<String, Upload>,
    /// When, for whom and how many bytes.
    taken: Vec<(i64, &'static str, usize)>,
}

impl Uploads {
    pub(crate) fn open(&mut self, session: String, upload: Upload) {
        self.open.insert(session, upload);
    }

    /// Ends every session now.
    pub(crate) fn expire(&mut self) {
        self.open.clear();
    }

    /// Seconds to wait until a mailbox may take so many bytes more; none where it may now.
    fn wait_s(&mut self, who: &str, bytes: usize, now_ms: i64) -> Option<i64> {
        self.taken.retain(|(at, _, _)| now_ms - at < QUOTA_MS);
        let own: Vec<(i64, usize)> =
            self.taken.iter().filter(|(_, whose, _)| *whose == who).map(|(at, _, bytes)| (*at, *bytes)).collect();
        let mut over = own.iter().map(|(_, bytes)| bytes).sum::<usize>() + bytes;
        let mut wait = None;
        for (at, bytes) in own {
            if over <= QUOTA {
                break;
            }
            over -= bytes;
            wait = Some((at + QUOTA_MS - now_ms + 999) / 1000);
        }
        wait
    }
}

/// Why the upload host says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum No {
    Unknown,
    BadToken,
    RangeMissing,
    OtherSize,
    OtherLength,
    TooLong,
    Overlap,
    Gap,
    Throttled(i64),
    Method,
}

impl No {
    fn parts(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::Unknown => (404, "itemNotFound", "The upload session was not found."),
            Self::BadToken => (401, "unauthenticated", "The authtoken of the upload session is missing or wrong."),
            Self::RangeMissing => (400, "invalidRequest", "The Content-Range header is missing or malformed."),
            Self::OtherSize => (400, "invalidRequest", "The total size is not the one of the upload session."),
            Self::OtherLength => (400, "invalidRequest", "The body is not as long as its Content-Range."),
            Self::TooLong => (413, "requestEntityTooLarge", "A range holds no more than 4 MB."),
            Self::Overlap => (416, "invalidRange", "Uploaded fragment overlaps with existing data."),
            Self::Gap => (416, "invalidRange", "Uploaded fragment does not begin at the next expected byte."),
            Self::Throttled(_) => (429, "activityLimitReached", "Too many bytes were uploaded lately."),
            Self::Method => (405, "invalidRequest", "An upload session takes GET, PUT and DELETE."),
        }
    }
}

/// Answers one request to the upload host.
pub(crate) fn handle(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, now_ms: i64) -> Answer {
    sandbox.uploads.open.retain(|_, upload| upload.expires_ms > now_ms);
    serve(sandbox, request, now_ms).unwrap_or_else(|no| {
        let (status, code, message) = no.parts();
        let request_id = sandbox.fresh_guid("upload request");
        let inner = json!({"requestId": request_id, "date": iso_bare(now_ms)});
        let mut answer = web::json(status, &json!({"error": {"code": code, "message": message, "innerError": inner}}));
        if let No::Throttled(wait_s) = no {
            web::set(&mut answer, "retry-after", &wait_s.to_string());
        }
        answer
    })
}

fn serve(sandbox: &mut Sandbox, request: &Request<Vec<u8>>, now_ms: i64) -> Result<Answer, No> {
    let segments = call::segments(request.uri().path());
    let (holder, session) = match segments.as_slice() {
        [api, _, users, _, holder, _, sessions, session]
            if [api, users, sessions]
                .iter()
                .zip(["api", "users", "attachmentsessions"])
                .all(|(segment, word)| segment.eq_ignore_ascii_case(word)) =>
        {
            (holder, session)
        }
        _ => return Err(No::Unknown),
    };
    let upload = sandbox.uploads.open.get(session).ok_or(No::Unknown)?;
    if !holder.eq_ignore_ascii_case(upload.holder.word()) {
        return Err(No::Unknown);
    }
    let query = Pairs::parse(request.uri().query().unwrap_or_default());
    if query.first("authtoken") != Some(upload.token.as_str()) {
        return Err(No::BadToken);
    }
    if !still_open(sandbox, upload) {
        sandbox.uploads.open.remove(session);
        return Err(No::Unknown);
    }
    match *request.method() {
        Method::GET => Ok(status(sandbox, upload)),
        Method::DELETE => {
            sandbox.uploads.open.remove(session);
            Ok(web::empty(204))
        }
        Method::PUT => put(sandbox, session, request, now_ms),
        _ => Err(No::Method),
    }
}

/// Whether the file can still be attached: the message is a draft, or the event is there.
fn still_open(sandbox: &Sandbox, upload: &Upload) -> bool {
    sandbox.mailbox(upload.person).is_ok_and(|mailbox| match upload.holder {
        Holder::Message(key) => mailbox.message(key).is_some_and(|message| message.is_draft && !message.submitted),
        Holder::Event(key) => mailbox.calendar.events.entry(key).is_some(),
    })
}

/// Where the session stands; this host writes its names with capitals.
fn status(sandbox: &Sandbox, upload: &Upload) -> Answer {
    let path = upload.path("AttachmentSessions/$entity");
    let path = path.strip_prefix("/api/v2.0/").unwrap_or_default().replacen('@', "%40", 1);
    web::json(
        200,
        &json!({
            "@odata.context": format!("{}/api/v2.0/$metadata#{path}", sandbox.origins().upload),
            "ExpirationDateTime": iso_millis(upload.expires_ms),
            "NextExpectedRanges": [upload.attachment.bytes.len().to_string()],
        }),
    )
}

fn put(sandbox: &mut Sandbox, session: &str, request: &Request<Vec<u8>>, now_ms: i64) -> Result<Answer, No> {
    let body = request.body();
    let range = header(request.headers(), "content-range").and_then(range).ok_or(No::RangeMissing)?;
    let upload = sandbox.uploads.open.get(session).ok_or(No::Unknown)?;
    let (who, next) = (upload.person.object_id, upload.attachment.bytes.len());
    check(&range, upload.size, next, body.len())?;
    if let Some(wait_s) = sandbox.uploads.wait_s(who, body.len(), now_ms) {
        return Err(No::Throttled(wait_s));
    }
    sandbox.uploads.taken.push((now_ms, who, body.len()));
    let upload = sandbox.uploads.open.get_mut(session).ok_or(No::Unknown)?;
    upload.attachment.bytes.extend_from_slice(body);
    upload.expires_ms = now_ms + LIFE_MS;
    if upload.attachment.bytes.len() < upload.size {
        return sandbox.uploads.open.get(session).map(|upload| status(sandbox, upload)).ok_or(No::Unknown);
    }
    let mut upload = sandbox.uploads.open.remove(session).ok_or(No::Unknown)?;
    let whole = std::mem::take(&mut upload.attachment);
    let id = match upload.holder {
        Holder::Message(key) => attachments::attach(sandbox, upload.person, key, whole, now_ms),
        Holder::Event(key) => event_attachments::attach(sandbox, upload.person, key, whole, now_ms),
    }
    .map_err(|_| No::Unknown)?;
    let mut answer = web::empty(201);
    let path = upload.path(&format!("Attachments('{}')", percent_encode(&id)));
    web::set(&mut answer, "location", &format!("{}{path}", sandbox.origins().upload));
    Ok(answer)
}

/// `bytes first-last/total`.
struct Range {
    first: usize,
    last: usize,
    total: usize,
}

fn range(text: &str) -> Option<Range> {
    let (unit, rest) = text.trim().split_once(' ')?;
    let (span, total) = rest.trim().split_once('/')?;
    let (first, last) = span.split_once('-')?;
    let number = |text: &str| text.trim().parse::<usize>().ok();
    let range = Range { first: number(first)?, last: number(last)?, total: number(total)? };
    (unit.eq_ignore_ascii_case("bytes") && range.first <= range.last && range.last < range.total).then_some(range)
}

fn check(range: &Range, size: usize, next: usize, length: usize) -> Result<(), No> {
    if range.total != size {
        return Err(No::OtherSize);
    }
    if length > LARGEST_RANGE {
        return Err(No::TooLong);
    }
    if range.last - range.first + 1 != length {
        return Err(No::OtherLength);
    }
    match range.first.cmp(&next) {
        std::cmp::Ordering::Less => Err(No::Overlap),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(No::Gap),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_whole_or_not_at_all() {
        assert!(range("bytes 0-9/10").is_some_and(|range| (range.first, range.last, range.total) == (0, 9, 10)));
        for bad in
            ["", "bytes", "bytes 0-9", "bytes 5-4/10", "bytes 0-10/10", "bytes */10", "lines 0-9/10", "bytes -1-9/10"]
        {
            assert!(range(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_quota_opens_again_when_the_oldest_bytes_are_forgotten() {
        let mut uploads = Uploads { taken: vec![(0, "a", QUOTA - 10), (60_000, "a", 5)], ..Uploads::default() };
        assert_eq!(uploads.wait_s("a", 5, 100_000), None);
        assert_eq!(uploads.wait_s("a", 6, 100_000), Some(200));
        assert_eq!(uploads.wait_s("b", 6, 100_000), None);
        assert_eq!(uploads.wait_s("a", 6, QUOTA_MS), None);
    }
}
