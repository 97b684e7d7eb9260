// Petrel itself, as `cargo xtask build` made it, behind a sandbox of its own.
import { Sandbox } from '../../tests/e2e/support/sandbox.mjs';
import { signIn as press } from '../../tests/e2e/support/mailbox.mjs';

/** Starts it over a mailbox of so many messages. */
export async function start({ messages, seed }) {
  const sandbox = await Sandbox.start({ messages, seed });
  return { name: 'petrel', prefix: 'petrel:', url: `${sandbox.app}/`, sandbox, stop: () => sandbox.kill() };
}

/** Signs in; done when the first rows are there. */
export const signIn = (page, contender, who) => press(page, contender.sandbox, who);
