//! The service's HTTP side: its negotiate, its refusals of other transports, and the WebSocket upgrade.
//! Only WebSockets are offered, and stateful reconnects are not, because Graph's own service is not known to.

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Method, Request};
use serde_json::json;
use sha2::Sha256;

use crate::chance::{base64_url, digest};
use crate::hub::socket::Socket;
use crate::hub::{Connection, Hub, ServiceToken, SocketId};
use crate::web::{self, Answer, Pairs, header};

/// A service token is for connecting soon.
const TOKEN_MS: i64 = 3_600_000;

/// A token of the service: a JWT whose audience is the address to connect to.
pub(crate) fn signed_token(seed: u64, audience: &str, name: &str, now_ms: i64) -> String {
    let now_s = now_ms / 1000;
    let head = json!({"alg": "HS256", "typ": "JWT"});
    let claims = json!({"aud": audience, "jti": name, "nbf": now_s, "iat": now_s, "exp": now_s + TOKEN_MS / 1000});
    let text = format!("{}.{}", base64_url(head.to_string().as_bytes()), base64_url(claims.to_string().as_bytes()));
    let key = digest(&[b"service key", &seed.to_be_bytes()]);
    let signature = Hmac::<Sha256>::new_from_slice(&key).map(|mac| mac.chain_update(&text).finalize().into_bytes());
    // An HMAC takes a key of any length.
    format!("{text}.{}", signature.map(|bytes| base64_url(&bytes)).unwrap_or_default())
}

fn plain(status: u16, text: &str) -> Answer {
    web::answer(status, "text/plain", text.as_bytes().to_vec())
}

impl Hub {
    pub(crate) fn learn_token(&mut self, token: &str, channel: &str, session: &str, now_ms: i64) {
        let entry =
            ServiceToken { channel: channel.to_owned(), session: session.to_owned(), expires_ms: now_ms + TOKEN_MS };
        self.tokens.retain(|_, token| token.expires_ms > now_ms);
        self.tokens.insert(token.to_owned(), entry);
    }

    /// Ends every service token now: nobody can connect with one any more.
    pub(crate) fn expire_tokens(&mut self) {
        self.tokens.clear();
    }

    /// HTTP requests to the service; `fresh` makes the connection's two names.
    pub(crate) fn handle(&mut self, request: &Request<Vec<u8>>, fresh: (String, String), now_ms: i64) -> Answer {
        let path = request.uri().path().trim_end_matches('/');
        if path == "/client" {
            return self.other_transport(request);
        }
        if path != "/client/negotiate" {
            return web::json(404, &json!({"error": "Not found."}));
        }
        if request.method() != Method::POST {
            return web::empty(405);
        }
        let bearer = header(request.headers(), "authorization")
            .and_then(|value| value.split_once(' '))
            .map_or("", |(_, token)| token.trim());
        let Some(token) = self.tokens.get(bearer).filter(|token| token.expires_ms > now_ms) else {
            return web::empty(401);
        };
        if let Some(error) = &self.dials.negotiate_error {
            return web::json(200, &json!({"error": error}));
        }
        if self.dials.redirect_loop {
            let query = request.uri().query().unwrap_or_default();
            let here = self.dials.own_origin.clone();
            return web::json(200, &json!({"url": format!("{here}/client/?{query}"), "accessToken": bearer}));
        }
        let (id, secret) = fresh;
        let connection = Connection {
            channel: token.channel.clone(),
            session: token.session.clone(),
            service_token: bearer.to_owned(),
            opened: false,
        };
        let asked = Pairs::parse(request.uri().query().unwrap_or_default())
            .first("negotiateVersion")
            .and_then(|text| text.parse::<u32>().ok())
            .unwrap_or(0);
        let version = self.dials.negotiate_version.unwrap_or(asked);
        self.connections.insert(secret.clone(), connection);
        let transports = json!([{"transport": "WebSockets", "transferFormats": ["Text", "Binary"]}]);
        let body = if version >= 1 {
            json!({"negotiateVersion": 1, "connectionId": id, "connectionToken": secret, "availableTransports": transports})
        } else {
            json!({"negotiateVersion": 0, "connectionId": secret, "availableTransports": transports})
        };
        web::json(200, &body)
    }

    /// What is no upgrade at the socket's address: server-sent events, long polling and their posts.
    /// Source: ASP.NET Core's `HttpConnectionDispatcher`.
    fn other_transport(&self, request: &Request<Vec<u8>>) -> Answer {
        let query = Pairs::parse(request.uri().query().unwrap_or_default());
        let Some(name) = query.first("id").filter(|name| !name.is_empty()) else {
            return plain(400, "Connection ID required");
        };
        if !self.connections.contains_key(name) {
            return plain(404, "No Connection with that ID");
        }
        match *request.method() {
            Method::POST => plain(405, "POST requests are not allowed for WebSocket connections."),
            Method::DELETE => plain(400, "Cannot terminate this connection using the DELETE endpoint."),
            Method::GET => {
                let events = header(request.headers(), "accept").is_some_and(|kind| kind.contains("text/event-stream"));
                let transport = if events { "ServerSentEvents" } else { "LongPolling" };
                plain(404, &format!("{transport} transport not supported by this end point type"))
            }
            _ => web::empty(405),
        }
    }

    /// A WebSocket upgrade.
    #[expect(clippy::result_large_err, reason = "the refusal is the HTTP answer itself, once a connection")]
    pub(crate) fn open(&mut self, path_and_query: &str, now_ms: i64) -> Result<SocketId, Answer> {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        if path.trim_end_matches('/') != "/client" {
            return Err(web::empty(404));
        }
        let query = Pairs::parse(query);
        let name = query.first("id").unwrap_or_default();
        let connection = self.connections.get_mut(name).ok_or_else(|| web::empty(404))?;
        let token = query.first("access_token").unwrap_or_default();
        let live = self.tokens.get(token).is_some_and(|token| token.expires_ms > now_ms);
        if !live || connection.service_token != token {
            return Err(web::empty(401));
        }
        if connection.opened {
            return Err(web::empty(409));
        }
        connection.opened = true;
        self.next_socket += 1;
        let id = SocketId(self.next_socket);
        let socket = Socket::new(connection.channel.clone(), connection.session.clone(), name.to_owned(), now_ms);
        self.sockets.insert(id, socket);
        Ok(id)
    }
}
