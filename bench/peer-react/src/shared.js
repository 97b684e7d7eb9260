// In the split build the entry hands its modules to the parts that are loaded later, so that each exists once.
// (A bundler's own splitting makes modules of everything, and those the browser does not keep compiled.)
import * as react from 'react';
import * as runtime from 'react/jsx-runtime';
import * as acts from './acts.js';
import * as database from './database.js';
import * as firstRead from './first-read.js';
import * as icons from './icons.jsx';
import * as marks from './marks.js';
import * as policies from './policies.js';
import * as search from './search.js';
import * as state from './state.js';

globalThis.peerModules = {
  react, 'react/jsx-runtime': runtime, './acts.js': acts, './database.js': database, './first-read.js': firstRead, './icons.jsx': icons,
  './marks.js': marks, './policies.js': policies, './search.js': search, './state.js': state,
};
