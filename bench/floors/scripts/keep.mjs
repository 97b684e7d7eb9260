// Has the browser keep the pages' files, so that a warm start is a start from a service worker, as Petrel's is.
// The server's policy wants script addresses to be vouched for.

const rules = { createScriptURL: (path) => path };
const policy = globalThis.trustedTypes?.createPolicy('petrel-url', rules) ?? rules;

export const scriptUrl = (path) => policy.createScriptURL(path);

export const keepFiles = () => navigator.serviceWorker?.register(scriptUrl('/sw.js'));
