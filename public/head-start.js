// A head start for what takes longest: the program is compiled and the mailbox opened while the page is still being read.
// Both are taken over by the program; where anything fails here, it does the same again by itself and says what is wrong.
'use strict';
(() => {
  const PROGRAM = '';
  const early = {};
  if (PROGRAM !== '' && WebAssembly.compileStreaming) {
    early.program = WebAssembly.compileStreaming(fetch(PROGRAM));
    // Failing is told by whoever waits for it.
    early.program.catch(() => {});
  }
  early.database = new Promise((answer) => {
    const request = indexedDB.open('petrel');
    // There is none: none is made either.
    request.onupgradeneeded = () => request.transaction.abort();
    request.onerror = (event) => { event.preventDefault(); answer(undefined); };
    request.onsuccess = () => {
      const database = request.result;
      // Until somebody takes it over, nobody has to wait for it to be closed.
      database.onversionchange = () => database.close();
      answer(database);
    };
  }).catch(() => undefined);
  globalThis.petrelEarly = early;
})();
