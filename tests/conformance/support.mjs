// Everything a conformance test needs, from one place.
export * from '../e2e/support/sandbox.mjs';
export * from './schema/document.mjs';
export * from './support/client.mjs';
export * from './support/conforms.mjs';
