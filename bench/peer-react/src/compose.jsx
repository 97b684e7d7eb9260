// Writing a mail. Loaded when somebody first writes one.
import { useEffect, useRef } from 'react';
import { send } from './acts.js';
import { IconButton, TextButton } from './icons.jsx';
import { set } from './state.js';

const Field = ({ id, label }) => (
  <div className="field">
    <label htmlFor={id}>{label}</label>
    <input id={id} type="text" dir="auto" autoComplete="off" />
  </div>
);

const addresses = (text) => text.split(/[,;]/u).map((part) => part.trim()).filter(Boolean).map((address) => ({ emailAddress: { address } }));

export default function Compose() {
  const panel = useRef(null);
  const words = useRef(null);
  useEffect(() => { panel.current.show(); }, []);
  const close = () => set({ composing: false });
  const value = (id) => panel.current.querySelector(`#${id}`).value;
  const post = () => {
    const toRecipients = addresses(value('compose-to'));
    if (toRecipients.length === 0) return;
    send({
      subject: value('compose-subject'), toRecipients, ccRecipients: addresses(value('compose-cc')),
      body: { contentType: 'text', content: words.current.innerText },
    });
  };
  return (
    <dialog className="composer" role="dialog" aria-label="New message" ref={panel}>
      <div className="composer-head">
        <h2>New message</h2>
        <IconButton name="close" label="Close" onPress={close} />
      </div>
      <Field id="compose-to" label="To" />
      <Field id="compose-cc" label="Cc" />
      <Field id="compose-subject" label="Subject" />
      <div className="text-area" contentEditable="plaintext-only" role="textbox" aria-multiline="true" aria-label="Message" tabIndex={0} ref={words} />
      <div className="composer-foot">
        <TextButton name="sentitems" label="Send" look="primary" onPress={post} />
        <TextButton name="deleteditems" label="Discard" look="quiet" onPress={close} />
      </div>
    </dialog>
  );
}
