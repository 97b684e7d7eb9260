//! The built app's files, with the headers a careful web server sends.
//! What is not a file and is asked for as a page gets `index.html`, because the app routes by itself.

use std::path::Path;

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use sandbox::Origins;
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use crate::server::shared::Shared;

/// Features the app never uses.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=(), browsing-topics=()";

/// Answers a request for a file of the app.
pub(crate) async fn answer(shared: &Shared, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed\n");
    }
    let path = uri.path();
    let mut response = file(&shared.dist, method, path, headers).await;
    let mut shown = path.to_owned();
    if response.status() == StatusCode::NOT_FOUND && is_navigation(path, headers) {
        shown = "/index.html".to_owned();
        response = file(&shared.dist, method, &shown, headers).await;
        if response.status() == StatusCode::NOT_FOUND {
            response = plain(
                StatusCode::NOT_FOUND,
                "The app is not built: there is no index.html in the folder given by --dist.\n",
            );
        }
    }
    protect(&mut response, &shown, &shared.origins);
    response
}

fn is_navigation(path: &str, headers: &HeaderMap) -> bool {
    let wants_html =
        headers.get("accept").and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"));
    // A missing file with an ending is missing; only addresses of the app's own pages are the app.
    let last = path.rsplit('/').next().unwrap_or_default();
    wants_html && !last.contains('.')
}

async fn file(dist: &Path, method: &Method, path: &str, headers: &HeaderMap) -> Response<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for name in ["accept-encoding", "range", "if-modified-since", "if-none-match"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let Ok(request) = request.body(Body::empty()) else {
        return plain(StatusCode::BAD_REQUEST, "Bad request\n");
    };
    match ServeDir::new(dist).precompressed_br().oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Adds the security and caching headers.
fn protect(response: &mut Response<Body>, path: &str, origins: &Origins) {
    let is_html = response
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"));
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "no-referrer");
    set("cross-origin-opener-policy", "same-origin");
    set("permissions-policy", PERMISSIONS);
    if path.ends_with(".wasm") {
        set("content-type", "application/wasm");
    }
    if is_html || path.ends_with(".js") {
        set("content-security-policy", &policy(path, origins));
    }
    set("cache-control", "no-cache");
}

/// The content security policy of a page or a script; a worker takes its own from its script.
fn policy(path: &str, origins: &Origins) -> String {
    let frame = |images: &str| {
        format!(
            "default-src 'none'; style-src 'unsafe-inline'; img-src {images}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
        )
    };
    match path {
        "/mail-frame.html" => frame("data: blob:"),
        "/mail-frame-images.html" => frame("data: blob: https:"),
        _ => format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; manifest-src 'self'; worker-src 'self'; connect-src 'self' {} {} {} {} {}; frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types default mail-parse petrel-url",
            origins.entra,
            origins.graph,
            origins.hub,
            origins.hub.replacen("http", "ws", 1),
            origins.upload
        ),
    }
}
