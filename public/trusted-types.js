// Trusted Types policies: the only ways a string may become markup or a script's address in this app.
// Loaded before everything else; where the browser has no Trusted Types, the same checks run on plain strings.
'use strict';
(() => {
  const scripts = ['/worker.js', '/sw.js', '/engine.js'];

  // Markup built by the framework is static and harmless; anything that could run is a mistake or an attack.
  const runs = /<script|[\s"'/]on[a-z]+\s*=|javascript:/i;

  const rules = {
    'default': {
      createHTML(text) {
        if (runs.test(text)) throw new TypeError('Petrel refuses markup that could run a script');
        return text;
      },
    },
    'petrel-url': {
      createScriptURL(text) {
        const url = new URL(text, location.origin);
        if (url.origin !== location.origin || !scripts.includes(url.pathname)) {
          throw new TypeError('Petrel refuses a script from this address');
        }
        return url.href;
      },
    },
    // Its result only ever enters an inert document that is sanitised before anything of it is shown.
    'mail-parse': { createHTML: (text) => text },
  };

  const make = (name) => globalThis.trustedTypes?.createPolicy(name, rules[name]) ?? rules[name];
  make('default');
  globalThis.petrelPolicies = Object.freeze({ url: make('petrel-url'), parse: make('mail-parse') });
})();
