// The folder pane and the list's heading, as Petrel draws them.
// They are part of the first screen, so the floor lays them out too.
import { grouped } from './words.mjs';

const GLYPHS = {
  inbox: 'M3 11.5h3.6l1.2 2h4.4l1.2-2H17M3 11.5 5 4.6h10l2 6.9v3.4a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z',
  drafts: 'M11 3.5H5.5a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1V8zM11 3.5V8h4.5M7.5 11h5M7.5 13.5h3',
  sentitems: 'M17 3 8.8 11.2M17 3l-5.2 14-3-5.8L3 8.2z',
  archive: 'M3.5 4h13a.5.5 0 0 1 .5.5v2.2a.5.5 0 0 1-.5.5h-13a.5.5 0 0 1-.5-.5V4.5a.5.5 0 0 1 .5-.5zM4.2 7.2V15a1 1 0 0 0 1 1h9.6a1 1 0 0 0 1-1V7.2M8.2 10.5h3.6',
  deleteditems: 'M3.5 5.5h13M8 5.5V4a.8.8 0 0 1 .8-.8h2.4a.8.8 0 0 1 .8.8v1.5M5 5.5l.7 10.4a1 1 0 0 0 1 .9h6.6a1 1 0 0 0 1-.9L15 5.5M8.3 8.8v4.7M11.7 8.8v4.7',
  junkemail: 'M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM5.2 5.2l9.6 9.6',
  outbox: 'M3 11.5h3.6l1.2 2h4.4l1.2-2H17v3.4a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1zM10 10V3.5M7.3 6 10 3.3 12.7 6',
};

export function drawFolders(tree, template, folders) {
  tree.replaceChildren(...folders.map((folder, at) => {
    const item = template.content.firstElementChild.cloneNode(true);
    item.id = `folder-${at}`;
    item.ariaLabel = folder.unread > 0 ? `${folder.name}, ${grouped(folder.unread)} unread` : folder.name;
    item.ariaSelected = String(folder.role === 'inbox');
    item.tabIndex = folder.role === 'inbox' ? 0 : -1;
    item.ariaLevel = String(folder.depth);
    item.dataset.folderId = folder.id;
    if (folder.role) {
      item.dataset.wellKnown = folder.role;
      item.querySelector('path').setAttribute('d', GLYPHS[folder.role]);
    }
    item.querySelector('.tree-name').textContent = folder.name;
    showCount(item, folder);
    return item;
  }));
}

function showCount(item, { role, unread, total }) {
  const count = role === 'drafts' ? total : unread;
  item.dataset.unreadCount = unread;
  item.toggleAttribute('data-unread', unread > 0);
  if (count > 0) item.querySelector('.tree-count').dataset.count = grouped(count);
}

/** Writes the inbox's numbers beside its name and over the list. */
export function drawCounts(tree, summary, folders) {
  const inbox = folders.find(({ role }) => role === 'inbox');
  if (!inbox) return;
  const item = tree.querySelector('[data-well-known="inbox"]');
  if (item) showCount(item, inbox);
  const all = `${grouped(inbox.total)} ${inbox.total === 1 ? 'message' : 'messages'}`;
  summary.textContent = inbox.unread === 0 ? all : `${all}, ${grouped(inbox.unread)} unread`;
}
