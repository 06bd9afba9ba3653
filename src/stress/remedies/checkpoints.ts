/** When the WAL is moved into the database, and by whom. */
import type { Played } from '../played.js';
import { withPragmas } from './pragmas.js';
import { inapplicable, ownCode, type Remedy, withLoad } from './remedy.js';

/** SQLite's default. */
const USUAL_PAGES = 1000;

export const autocheckpoint: Remedy = {
  id: 'autocheckpoint',
  title: 'PRAGMA wal_autocheckpoint on every connection',
  parameter: { name: 'pages', usual: USUAL_PAGES, least: 0, most: 2 ** 31 - 1 },
  expected: 'The topic pipeline, with other pragmas: 20–30 % less.',
  how: ownCode(
    'Send the pragma on every connection that writes: it is not kept in the file, and the one whose commit passes the mark does the work.',
  ),
  change(played, pages) {
    if (hasNoWal(played)) return inapplicable(NO_WAL);
    const { autocheckpointPages } = played.load.pragmas;
    if (autocheckpointPages === null && pages === USUAL_PAGES)
      return inapplicable(`${pages} pages is SQLite's default`);
    return withPragmas(played, { autocheckpointPages: pages }, 'it is that already');
  },
};

export const scheduledCheckpoint: Remedy = {
  id: 'scheduled-checkpoint',
  title: 'a process of its own that truncates the WAL, ten times a second',
  parameter: null,
  expected: 'The assistant: every 15 minutes. The topic pipeline: by hand when the WAL passes 10 MB.',
  how: ownCode(
    'Let cron or a timer run dblock checkpoint --truncate --retry-until 30s: it says whether it was complete, and who prevented it.',
  ),
  change(played) {
    if (hasNoWal(played)) return inapplicable(NO_WAL);
    if (played.load.checkpointers > 0) return inapplicable('there is a checkpointer already');
    return withLoad(played, { checkpointers: 1 });
  },
};

const NO_WAL = 'without WAL mode there is nothing to checkpoint';

/** As far as the load says: the mode of a copy may be anything. */
function hasNoWal({ load: { pragmas } }: Played): boolean {
  return pragmas.journalMode !== null && pragmas.journalMode !== 'wal';
}
