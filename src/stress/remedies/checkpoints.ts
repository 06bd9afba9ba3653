/** When the WAL is moved into the database, and by whom. */
import { inapplicable, type Remedy, withLoad } from './remedy.js';

export const autocheckpoint: Remedy = {
  id: 'autocheckpoint',
  title: 'PRAGMA wal_autocheckpoint on every connection',
  parameter: { name: 'pages', usual: 1000, least: 0, most: 2 ** 31 - 1 },
  expected: 'The topic pipeline, with other pragmas: 20–30 % less.',
  change(played, pages) {
    const { pragmas } = played.load;
    // SQLite's default.
    if ((pragmas.autocheckpointPages ?? 1000) === pages) return inapplicable('it is that already');
    return withLoad(played, { pragmas: { ...pragmas, autocheckpointPages: pages } });
  },
};

export const scheduledCheckpoint: Remedy = {
  id: 'scheduled-checkpoint',
  title: 'a process of its own that truncates the WAL, ten times a second',
  parameter: null,
  expected: null,
  change: (played) =>
    played.load.checkpointers > 0
      ? inapplicable('there is a checkpointer already')
      : withLoad(played, { checkpointers: 1 }),
};
