//! Which answers scripts of other origins may read, and which requests they may send, for each of the services.
//! The lists differ because the real ones do: a header too many on the upload host is refused by the browser.

use http::HeaderMap;

use crate::settings::Host;
use crate::web::{self, Answer, header};

/// Response headers that Graph lets scripts read (the list that dotnet/dev-proxy reproduces), `Retry-After` aside.
const GRAPH_EXPOSES: &str = "ETag, Location, Preference-Applied, Content-Range, request-id, client-request-id, ReadWriteConsistencyToken, SdkVersion, WWW-Authenticate, x-ms-client-gcc-tenant";

/// Request headers that browsers may send to Graph and the sign-in service.
const GRAPH_ALLOWS: &str = "authorization, content-type, content-range, prefer, client-request-id, return-client-request-id, if-match, if-none-match, consistencylevel, x-requested-with, x-signalr-user-agent, x-anchormailbox, sdkversion, cache-control, accept, accept-language";

/// What SignalR's official client sends.
const HUB_ALLOWS: &str = "authorization, x-requested-with, x-signalr-user-agent, content-type, prefer";

/// An upload URL is its own key: nothing but the bytes and their place is taken.
const UPLOAD_ALLOWS: &str = "content-type, content-range";

/// What may be changed about these headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cors {
    /// Graph did not always let scripts read `Retry-After`.
    pub(crate) hide_retry_after: bool,
}

impl Cors {
    /// Adds what lets a script read an answer. Graph stays silent where nobody says where they come from.
    pub(crate) fn dress(self, host: Host, request: &HeaderMap, answer: &mut Answer) {
        let from_a_browser = header(request, "origin").is_some();
        match host {
            Host::App => {}
            Host::Graph if !from_a_browser => {}
            Host::Graph | Host::Entra => {
                web::set(answer, "access-control-allow-origin", "*");
                let retry_after = if self.hide_retry_after { "" } else { ", Retry-After" };
                web::set(answer, "access-control-expose-headers", &format!("{GRAPH_EXPOSES}{retry_after}"));
            }
            Host::Hub | Host::Upload => web::set(answer, "access-control-allow-origin", "*"),
        }
    }
}

/// The answer to a browser's question whether it may send a request.
pub(crate) fn preflight(host: Host) -> Answer {
    let (headers, methods) = match host {
        Host::App | Host::Entra | Host::Graph => (GRAPH_ALLOWS, "GET, POST, PATCH, PUT, DELETE, OPTIONS"),
        Host::Hub => (HUB_ALLOWS, "GET, POST, PATCH, DELETE, OPTIONS"),
        Host::Upload => (UPLOAD_ALLOWS, "GET, PUT, DELETE, OPTIONS"),
    };
    let mut answer = web::empty(204);
    web::set(&mut answer, "access-control-allow-origin", "*");
    web::set(&mut answer, "access-control-allow-headers", headers);
    web::set(&mut answer, "access-control-allow-methods", methods);
    web::set(&mut answer, "access-control-max-age", "600");
    answer
}
