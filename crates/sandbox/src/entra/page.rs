//! The frame of every page of the sign-in service, and the pages that only say something.
//! Plain HTML without scripts: whatever can be done on a page is a button of a form.

use crate::entra::catalogue;
use crate::web::{self, Answer, Pairs, escape_html};

const STYLE: &str = "
:root{color-scheme:light dark;--ground:#f2f4f7;--card:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--accent:#0b57d0;--hover:#eef3fc}
@media(prefers-color-scheme:dark){:root{--ground:#0f1215;--card:#1a1e23;--ink:#e8eaed;--soft:#aab2bb;--line:#39414a;--accent:#9cc2ff;--hover:#242b34}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif;padding:16px}
main{width:100%;max-width:420px;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:32px}
h1{font-size:22px;line-height:1.3;margin:0 0 4px}
p{margin:0 0 20px;color:var(--soft)}
ul{list-style:none;margin:0 0 20px;padding:0;display:grid;gap:8px}
button{font:inherit;color:inherit;cursor:pointer}
.person{width:100%;display:flex;align-items:center;gap:12px;text-align:left;background:none;border:1px solid var(--line);border-radius:8px;padding:12px}
.person:hover{background:var(--hover)}
.person b{display:block;font-weight:600}
.person small{color:var(--soft);font-size:14px}
.mark{flex:none;width:36px;height:36px;border-radius:50%;display:grid;place-items:center;background:var(--hover);color:var(--accent);font-weight:600}
.scopes li{border:1px solid var(--line);border-radius:8px;padding:12px}
.scopes b{display:block;font-weight:600}
.scopes small{color:var(--soft);font-size:14px}
label{display:flex;gap:8px;align-items:center;margin:0 0 20px}
input[type=checkbox]{width:18px;height:18px;accent-color:var(--accent)}
.main{background:var(--accent);color:var(--card);border:0;border-radius:8px;padding:10px 20px;margin-right:16px;font-weight:600}
.problem{border-left:4px solid var(--accent);padding-left:12px;color:var(--ink)}
.cancel{background:none;border:0;padding:8px 0;color:var(--accent);text-decoration:underline}
button:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
";

/// A whole page; `targets` are the origins its form may lead to.
pub(super) fn page(status: u16, title: &str, inner: &str, targets: &str) -> Answer {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title><link rel=\"icon\" href=\"data:,\"><style>{STYLE}</style></head><body><main>{inner}</main></body></html>\n",
        title = escape_html(title)
    );
    let mut answer = web::answer(status, "text/html; charset=utf-8", html.into_bytes());
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self' {targets}"
    );
    web::set(&mut answer, "content-security-policy", &policy);
    web::set(&mut answer, "cache-control", "no-store");
    web::set(&mut answer, "referrer-policy", "no-referrer");
    web::set(&mut answer, "x-content-type-options", "nosniff");
    answer
}

/// A page for a request that must not be answered by a redirect.
pub(super) fn refused(text: &str) -> Answer {
    let inner = format!("<h1>Sign-in is not possible</h1><p>{}</p>", escape_html(text));
    page(400, "Sign-in is not possible", &inner, "")
}

/// What an error's address tells.
pub(super) fn explained(query: &Pairs) -> Answer {
    let code = query.first("code").and_then(|code| code.parse().ok()).unwrap_or_default();
    let text = catalogue::find(code).map_or("Nothing is known about this code.", |row| row.text);
    let inner = format!("<h1>Error AADSTS{code}</h1><p>{}</p>", escape_html(&text.replace("{}", "…")));
    page(200, "About a sign-in error", &inner, "")
}

/// The page after signing out.
pub(super) fn signed_out() -> Answer {
    let inner = "<h1>You signed out</h1><p>You can close this window.</p>";
    page(200, "Signed out of Petrel sandbox", inner, "")
}
