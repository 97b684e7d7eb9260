// The page's Trusted Types policies, because the server that serves it demands them under these very names.
// Loaded before every other module: a worker or a service worker may only be started from an address checked here.
const own = (address) => {
  const url = new URL(address, location.origin);
  if (url.origin !== location.origin) throw new TypeError('a script from elsewhere');
  return url.href;
};

globalThis.trustedTypes?.createPolicy('default', { createScriptURL: own });

/** What DOMPurify parses with: its result enters an inert document only. */
export const parsing = globalThis.trustedTypes?.createPolicy('mail-parse', { createHTML: (text) => text, createScriptURL: own });
