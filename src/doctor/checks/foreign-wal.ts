import { type Bytes, formatBytes, type Pid, plural } from '../../units.js';
import { everAttachedPids } from '../attachment.js';
import { defineCheck, facts, inapplicable, type Remedy, skipped } from '../check.js';
import { type ForeignSign, foreignSigns } from '../foreign-signs.js';
import { lastSample, locksView, nameProcesses } from '../questions.js';
import { saveTogetherCommand, shellQuote } from '../quote.js';

interface Facts {
  readonly path: string;
  readonly walPath: string;
  readonly walBytes: Bytes;
  readonly signs: readonly ForeignSign[];
  readonly attachedPids: readonly Pid[];
  readonly attached: string;
  /** Whether everybody who could have it open was seen. */
  readonly attachedComplete: boolean;
}

export const foreignWal = defineCheck<Facts>({
  id: 'foreign-wal',
  title: 'The WAL belongs to another database',
  severity: 'critical',
  group: 'files',
  why: 'SQLite finds a WAL by its name alone. If the database was restored, replaced or moved and the -wal file of another one lies beside it, SQLite applies its pages as if they were its own: rows of the other database appear, and the next checkpoint writes them in for good. Beside an empty database it deletes the WAL, which may be the only copy of the data.',
  sources: [
    'https://www.sqlite.org/howtocorrupt.html',
    'https://www.sqlite.org/fileformat2.html#the_write_ahead_log',
    'pager.c: pagerOpenWalIfPresent',
    'wal.c: walRestartHdr',
  ],
  guide: {
    meaning:
      'The WAL beside the database contradicts it: the database is empty; or in rollback mode beside committed frames; or page size, text encoding or reserved bytes differ; or it ends at fewer pages than the database has; or the schema cookie goes backwards; or the live index expects another WAL.',
    certainty:
      'Each sign alone is something that SQLite does not produce. A foreign WAL without any of these signs is possible: same page size, newer schema. SQLite itself does not check, and often gives no error: rows of the other database appear.',
    now: {
      text: 'Do not open the database with anything: SQLite would apply these pages, or delete the WAL beside an empty database. Save both files, move the WAL away, and find out which database it was written for: its last commits are in there. Processes that have it open must be ended with SIGKILL, because closing checkpoints.',
      commands: ['mkdir saved && cp -p app.db app.db-wal saved/', 'mv -n app.db-wal app.db-wal.foreign'],
    },
    later:
      'Restore and move a database together with its -wal, or after a checkpoint and with everything closed. Restore with .restore or the backup API into the database instead of copying over it.',
  },
  inspect({ evidence }) {
    const { wal } = lastSample(evidence);
    if (wal?.content.kind === 'invalid') {
      return inapplicable(`SQLite ignores this WAL: ${wal.content.reason}`);
    }
    const signs = foreignSigns(evidence);
    if (!signs.known) return skipped(`cannot tell whose WAL it is: ${signs.reason}`);
    const attachedPids = everAttachedPids(evidence);
    return facts({
      path: evidence.path,
      walPath: wal?.file.path ?? `${evidence.path}-wal`,
      walBytes: wal?.file.bytes ?? 0,
      signs: signs.value,
      attachedPids,
      attached: nameProcesses(evidence, attachedPids),
      attachedComplete: locksView(evidence).complete,
    });
  },
  verdict({ signs }) {
    return signs.length > 0 ? 'critical' : 'clear';
  },
  summary({ path, walPath, walBytes, signs }) {
    return `${walPath} (${formatBytes(walBytes)}) was not written for ${path}: ${signs.map(describeSign).join('; ')}.`;
  },
  remedy(found) {
    return remedyOf(found);
  },
});

function describeSign(sign: ForeignSign): string {
  switch (sign.sign) {
    case 'empty-database':
      return 'the database has 0 bytes, and SQLite never starts a WAL before it has written the database';
    case 'rollback-header':
      return `the database is in rollback mode, and the WAL has ${plural(sign.committedFrames, 'committed frame')}`;
    case 'page-size':
      return `the database has pages of ${sign.databasePageBytes} bytes, the WAL of ${sign.walPageBytes}`;
    case 'text-encoding':
      return `the database stores text as ${sign.databaseEncoding}, page 1 in the WAL says ${sign.walEncoding}`;
    case 'reserved-bytes':
      return `the database reserves ${plural(sign.databaseReserved, 'byte')} on each page, page 1 in the WAL ${sign.walReserved}`;
    case 'page-count':
      return `the database has ${plural(sign.databasePages, 'page')}, and the last commit in the WAL ends at ${sign.walPages} without having changed page 1, which counts them`;
    case 'schema-cookie':
      return `the schema cookie of the database is ${sign.databaseCookie}, and page 1 in the WAL goes back to ${sign.walCookie}`;
    case 'index-salts':
      return `the live WAL index expects salts ${sign.indexSalts} and the file has ${sign.walSalts}, so it was replaced or overwritten while in use`;
  }
}

function remedyOf({ path, walPath, signs, attached, attachedPids, attachedComplete }: Facts): Remedy {
  const empty = signs.some(({ sign }) => sign === 'empty-database');
  const keep = empty
    ? 'Do not open the database with anything: SQLite would delete the WAL, even from a read-only connection. Put the WAL back beside the database it was written for.'
    : 'Do not open the database with anything: SQLite would apply these pages to it. Copy both files, move the WAL away, then find out which database it was written for, because its last commits are in there.';
  const commands = [saveTogetherCommand(path, [walPath])];
  const move = `mv -n ${shellQuote(walPath)} ${shellQuote(`${walPath}.foreign`)}`;
  if (attachedPids.length > 0) {
    const text = `${keep} ${attached} must end without closing the database, because a close checkpoints: that takes SIGKILL.`;
    return { text, commands: [...commands, `kill -KILL ${attachedPids.join(' ')}`, move] };
  }
  if (attachedComplete) return { text: keep, commands: [...commands, move] };
  return {
    text: `${keep} Not every process can be seen from here: make sure that none has it open before you move it.`,
    commands,
  };
}
