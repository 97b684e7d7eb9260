// Starts the page: the store is being read while the shell is drawn, and the network is left alone until mail is painted.
import './policies.js';
import { firstRead, session } from './first-read.js';
import { createRoot } from 'react-dom/client';
import { afterPaint } from './marks.js';
import { App } from './shell.jsx';
import { openFolder, readIds, set } from './state.js';

const online = () => import('./online.js').then(({ goOnline }) => goOnline());
const returns = /[#&](?:code|error)=/.test(location.hash);

if (session) set({ signedIn: true, username: session.username });
createRoot(document.getElementById('root')).render(<App />);

if (session) {
  firstRead.then(async ([folders, rows]) => {
    set({ folders });
    await openFolder(session.inbox, rows);
    afterPaint(() => {
      readIds();
      online();
    });
  });
} else if (returns) {
  online();
}

afterPaint(() => { requestIdleCallback(() => navigator.serviceWorker?.register('/service-worker.js'), { timeout: 2_000 }); });
