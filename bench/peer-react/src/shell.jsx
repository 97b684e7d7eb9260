// The whole mailbox: folders, list, message, footer; or the page of somebody who is not signed in.
import { Suspense, lazy, memo, useEffect } from 'react';
import { Icon, IconButton, TextButton } from './icons.jsx';
import { listen } from './keys.js';
import { MessageList } from './list.jsx';
import { markPainted } from './marks.js';
import { ReadingPane } from './reading.jsx';
import { openFolder, set, useApp } from './state.js';
import { folderName, grouped } from './words.js';

const Compose = lazy(() => import('./compose.jsx'));

const LIVE = {
  live: 'Up to date', polling: 'Checking every 30 s (live link unavailable)', offline: 'Offline · showing what is on this device',
  'signed-out': 'Signed out · Sign in again to keep syncing',
};

const signIn = () => import('./online.js').then(({ signIn: go }) => go());
const signOut = () => import('./online.js').then(({ signOut: go }) => go());
const checkNow = () => import('./online.js').then(({ pullInbox }) => pullInbox());

const shownCount = (folder) => (folder.wellKnown === 'drafts' ? folder.total : folder.unread);

const TreeRow = memo(({ folder, index, isOpen }) => (
  <li
    role="treeitem" className="tree-row" id={`folder-${index}`} aria-selected={isOpen} aria-label={folderName(folder)} tabIndex={isOpen ? 0 : -1}
    data-folder-id={folder.id} data-well-known={folder.wellKnown} data-unread-count={folder.unread} data-unread={folder.unread > 0 ? '' : undefined}
    aria-level={folder.depth} onClick={() => openFolder(folder.id)}
  >
    <Icon name={folder.wellKnown === 'inbox' || folder.wellKnown ? folder.wellKnown : 'folder'} />
    <span className="tree-name" dir="auto">{folder.name}</span>
    <span className="tree-count" data-count={shownCount(folder) > 0 ? grouped(shownCount(folder)) : undefined} />
  </li>
));

const Folders = () => {
  const folders = useApp((app) => app.folders);
  const open = useApp((app) => app.folder);
  const username = useApp((app) => app.username);
  return (
    <nav className="folders" id="folders" aria-label="Folders">
      <p className="account" dir="auto">{username}</p>
      <ul role="tree" className="tree" aria-label="Folders">
        {folders.map((folder, index) => <TreeRow key={folder.id} folder={folder} index={index} isOpen={folder.id === open} />)}
      </ul>
    </nav>
  );
};

const Footer = () => {
  const live = useApp((app) => app.live);
  return (
    <footer className="foot">
      <p className="live" data-live={live} aria-live="polite"><span className="live-dot" aria-hidden="true" />{LIVE[live]}</p>
      {live === 'signed-out'
        ? <TextButton label="Sign in" look="small" onPress={signIn} />
        : <IconButton name="refresh" label="Check for mail now" kind="small" onPress={checkNow} />}
      <span className="gap" />
    </footer>
  );
};

const Mailbox = () => {
  const isReading = useApp((app) => app.open !== undefined);
  const composing = useApp((app) => app.composing);
  useEffect(() => {
    markPainted('interactive');
    return listen();
  }, []);
  return (
    <div className="shell" data-reading={isReading ? '' : undefined}>
      <header className="top">
        <div className="brand"><span className="brand-name">Peer</span></div>
        <div className="new-message">
          <TextButton name="pencil" label="New message" look="primary" hint="New message (c)" onPress={() => set({ composing: true })} />
        </div>
        <IconButton name="close" label="Sign out" kind="sign-out" onPress={signOut} />
      </header>
      <Folders />
      <main className="panes">
        <MessageList />
        <ReadingPane />
      </main>
      <Footer />
      {composing && <Suspense><Compose /></Suspense>}
    </div>
  );
};

const SignIn = () => (
  <main className="page" data-live="signed-out">
    <div className="page-card" data-kind="welcome">
      <h1>Peer</h1>
      <p className="lead">The mail client this benchmark compares with.</p>
      <button type="button" className="button" data-look="primary" data-size="large" onClick={signIn}>Sign in</button>
    </div>
  </main>
);

export const App = () => (useApp((app) => app.signedIn) ? <Mailbox /> : <SignIn />);
