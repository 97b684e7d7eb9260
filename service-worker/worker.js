// Starts the engine in a dedicated worker. Everything it does is in the wasm; this file only loads it
// and says so when that fails, because a worker that dies silently looks like an app that hangs.
'use strict';
(() => {
  const own = (text) => {
    const url = new URL(text, self.location.origin);
    if (url.origin !== self.location.origin || url.pathname !== '/engine.js') throw new TypeError('Petrel refuses a script from this address');
    return url.href;
  };
  const policy = self.trustedTypes?.createPolicy('petrel-url', { createScriptURL: own }) ?? { createScriptURL: own };
  const fatal = (error) => self.postMessage({ fatal: String(error?.stack ?? error?.message ?? error) });

  // The page speaks before the engine can listen; its last word is kept.
  self.addEventListener('message', ({ data }) => { self.petrelSeen = data?.seen === true; });
  self.addEventListener('error', (event) => fatal(event.error ?? event.message));
  self.addEventListener('unhandledrejection', (event) => fatal(event.reason));

  try {
    importScripts(policy.createScriptURL('/engine.js'));
    wasm_bindgen({ module_or_path: '/engine_bg.wasm' }).then(() => wasm_bindgen.lead()).catch(fatal);
  } catch (error) {
    fatal(error);
  }
})();
