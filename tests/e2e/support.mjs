// Everything a test file needs, from one place.
export * from './support/browser.mjs';
export * from './support/hosts.mjs';
export * from './support/mailbox.mjs';
export * from './support/sandbox.mjs';
