//! The page's start script, moved from the page into a file and told to speak when the app cannot start.
//! The page's policy allows no inline script, and an old browser should show a sentence instead of an endless skeleton.

use crate::failure::{Failure, Outcome};
use crate::files;

/// Stands where the start script was until its file has a name.
const PLACE: &str = "<!--start-->";

const SCRIPT: &str = r"// Starts the app; where that fails, says so in the place of the skeleton.
import init from 'MODULE';

try {
  // Compiled while the page is parsed and painted; a browser that cannot do it on the way takes the file whole.
  const compiled = WebAssembly.compileStreaming?.(fetch('WASM')).catch(() => 'WASM') ?? 'WASM';
  // The picture of the screen as it was left is painted first. A hidden page paints nothing.
  if (document.querySelector('#boot.picture') && !document.hidden) await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted, 0)));
  await init({ module_or_path: await compiled });
} catch (error) {
  const boot = document.getElementById('boot');
  if (boot) {
    const words = document.createElement('p');
    words.textContent = 'Petrel could not start. Please load the page again; if that does not help, update your browser.';
    words.setAttribute('role', 'alert');
    boot.removeAttribute('aria-hidden');
    boot.replaceChildren(words);
  }
  throw error;
}
";

/// A page without inline scripts, and the file that its start script became.
#[derive(Debug)]
pub struct Started {
    /// The page's text.
    pub html: String,
    /// The script's file name.
    pub name: String,
    /// The script's text.
    pub script: String,
}

/// Moves the start script out of a page that Trunk wrote.
///
/// # Errors
/// When the page is not what this version of Trunk writes.
pub fn move_out(html: &str) -> Outcome<Started> {
    let unknown = |what: &str| Failure::Unknown(format!("dist/index.html is not as Trunk 0.21 writes it: {what}"));
    let (before, rest) = html.split_once("<script type=\"module\"").ok_or_else(|| unknown("no inline start script"))?;
    let (attributes, rest) = rest.split_once('>').ok_or_else(|| unknown("the start script's tag does not end"))?;
    let (inline, after) = rest.split_once("</script>").ok_or_else(|| unknown("the start script does not end"))?;
    if attributes.contains("src=") || has_inline_script(before) || has_inline_script(after) {
        return Err(unknown("another inline script than the one that starts the app"));
    }
    let module = between(inline, "from '", "'").ok_or_else(|| unknown("the start script imports nothing"))?;
    let wasm = between(inline, "module_or_path: '", "'").ok_or_else(|| unknown("the start script loads no wasm"))?;
    let script = SCRIPT.replace("MODULE", module).replace("WASM", wasm);
    let hash: String = files::sha256_hex(script.as_bytes()).chars().take(16).collect();
    let name = format!("start-{hash}.js");
    let page = without_preload_integrity(&format!("{before}{PLACE}{after}"));
    let html = page.replace(PLACE, &format!("<script type=\"module\" src=\"/{name}\"></script>"));
    Ok(Started { html, name, script })
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(inside, _)| inside)
}

fn has_inline_script(html: &str) -> bool {
    html.split("<script").skip(1).any(|rest| rest.split_once('>').is_none_or(|(tag, _)| !tag.contains("src=")))
}

/// Browsers ignore the hash on a preloaded wasm file and warn of it on every start; the service worker checks the bytes.
fn without_preload_integrity(html: &str) -> String {
    let Some((before, rest)) = html.split_once("<link rel=\"preload\"") else { return html.to_owned() };
    let Some((tag, after)) = rest.split_once('>') else { return html.to_owned() };
    let bare =
        tag.split_once(" integrity=\"").and_then(|(head, hash)| Some(format!("{head}{}", hash.split_once('"')?.1)));
    format!("{before}<link rel=\"preload\"{}>{after}", bare.as_deref().unwrap_or(tag))
}

#[cfg(test)]
mod tests {
    use super::{move_out, without_preload_integrity};

    const INLINE: &str = "<script type=\"module\" nonce=\"x\">import init from '/p.js';\nawait init({ module_or_path: '/p.wasm' });</script>";

    #[test]
    fn the_inline_start_script_becomes_a_file() {
        let started = move_out(&format!("<head><script src=\"/a.js\"></script>{INLINE}</head>")).unwrap();
        let tag = format!("<script type=\"module\" src=\"/{}\"></script>", started.name);
        assert_eq!(started.html, format!("<head><script src=\"/a.js\"></script>{tag}</head>"));
        assert!(started.script.contains("from '/p.js'") && started.script.contains("fetch('/p.wasm')"));
    }

    #[test]
    fn a_page_with_a_second_inline_script_is_refused() {
        assert!(move_out(&format!("<script>one()</script>{INLINE}")).is_err());
        assert!(move_out("<script type=\"module\">two()</script>").is_err());
        assert!(move_out("<p>none</p>").is_err());
    }

    #[test]
    fn a_preload_loses_its_hash_and_keeps_the_rest() {
        let html = "<link rel=\"preload\" href=\"/a.wasm\" integrity=\"sha384-x\" as=\"fetch\"><p>";
        assert_eq!(without_preload_integrity(html), "<link rel=\"preload\" href=\"/a.wasm\" as=\"fetch\"><p>");
        assert_eq!(without_preload_integrity("<p>"), "<p>");
    }
}
