import type { Bytes } from '../../units.js';
import { formatBytes, plural } from '../../units.js';
import { defineCheck, facts, type Remedy, skipped } from '../check.js';
import { listSome } from '../list-some.js';
import { lastSample } from '../questions.js';
import { saveTogetherCommand, shellQuote, sqlite3Command } from '../quote.js';
import type { Deep, Evidence } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly copiedBytes: Bytes;
  readonly pragma: 'quick_check' | 'integrity_check';
  /** SQLite's own, at most 20. */
  readonly messages: readonly string[];
  /** Not every row of these can be read; the rows of all others are whole. */
  readonly unreadableTables: readonly string[];
  /** Whether the tables could be looked through at all. */
  readonly schemaReadable: boolean;
  /** Rows that break a rule of their table, in a file that is otherwise sound. */
  readonly rowsOnly: boolean;
  /** What has to be saved together with the database. */
  readonly sidecars: readonly string[];
}

export const integrity = defineCheck<Facts>({
  id: 'integrity',
  title: 'The database is damaged',
  severity: 'critical',
  group: 'deep',
  why: 'SQLite keeps tables and indexes in pages that refer to each other. Where these no longer fit together, queries return wrong rows or fail with "database disk image is malformed", and each further write can spread the damage. Usual causes are locks that did not work (a network file system, a file opened and closed behind SQLite\'s back), a WAL or journal that was deleted or copied apart from its database, and disks that lose writes.',
  sources: [
    'https://www.sqlite.org/pragma.html#pragma_integrity_check',
    'https://www.sqlite.org/howtocorrupt.html',
    'https://www.sqlite.org/recovery.html',
  ],
  guide: {
    meaning:
      'PRAGMA quick_check or integrity_check, run with --deep on a private copy, found faults. Critical; a warning if the file is sound and only rows break the rules of their table.',
    certainty:
      'Certain for the copy, which was taken while nobody wrote, or with what was committed. What the damage came from is not known. A database can be wrong without this finding anything: rows of a foreign WAL, for instance, fit together well.',
    now: {
      text: "Stop the application at once: writes make it worse. Save all files, restore a backup, or write what can be read into a new database: with .dump if only indexes are damaged, else with .recover, which Debian's sqlite3 lacks.",
      commands: [
        'mkdir saved && cp -p app.db* saved/',
        'sqlite3 saved/app.db .recover | sqlite3 recovered.db',
      ],
    },
    later:
      'Find the cause before anything writes again: lost-locks, foreign-wal, fork-shared-connection, network-filesystem, hard-links, wal-reset-bug, or the disk.',
  },
  inspect({ evidence }) {
    const { deep, path } = evidence;
    if (!deep) return skipped('needs --deep');
    if (!deep.known) return skipped(deep.reason);
    const { integrity: checked, copiedBytes } = deep.value;
    if (!checked.known) return skipped(checked.reason);
    const { messages, pragma, unchecked, unreadableTables } = checked.value;
    if (messages.length === 0 && unchecked.length > 0) return skipped(whyUnchecked(unchecked));
    return facts({
      ...{ path, copiedBytes, pragma, messages, unreadableTables },
      schemaReadable: !messages.some((message) => SCHEMA_FAULT.test(message)),
      rowsOnly: messages.every((message) => ROW_RULE.test(message)),
      sidecars: sidecarsOf(evidence),
    });
  },
  verdict({ messages, rowsOnly }) {
    if (messages.length === 0) return 'clear';
    return rowsOnly ? 'warning' : 'critical';
  },
  summary({ path, pragma, messages, rowsOnly, copiedBytes, unreadableTables }) {
    const count =
      messages.length < MOST_MESSAGES
        ? plural(messages.length, 'fault')
        : `${messages.length} faults or more`;
    const what = rowsOnly ? 'rows that break the rules of their table' : count;
    const tables =
      unreadableTables.length > 0 ? ` Not every row can be read of ${listSome(unreadableTables)}.` : '';
    return `PRAGMA ${pragma} found ${what} in a copy of ${path} (${formatBytes(copiedBytes)}): ${oneLine(messages[0] ?? '')}.${tables}`;
  },
  remedy(found) {
    return remedyOf(found);
  },
});

/** As many as dblock asks for. */
const MOST_MESSAGES = 20;

/** Not damage: a row was stored before the rule, or while it was switched off (pragma.c, integrity_check). */
const ROW_RULE = /^(?:NULL value in|CHECK constraint failed in|(?:NUMERIC|TEXT|non-\w+) value in) /;

/** Without the schema no table can be read at all (prepare.c, corruptSchema; btree.c, lockBtree). */
const SCHEMA_FAULT = /^malformed database schema|^file is not a database/;

function whyUnchecked(unchecked: Extract<Deep['integrity'], { known: true }>['value']['unchecked']): string {
  const [first] = unchecked;
  return `${plural(unchecked.length, 'table')} could not be checked, such as ${first?.table}: ${first?.reason}`;
}

function sidecarsOf(evidence: Evidence): string[] {
  const { wal, journal } = lastSample(evidence);
  return [wal, journal].flatMap((sidecar) => (sidecar ? [sidecar.file.path] : []));
}

/** SQLite joins several faults of one table with line breaks, and begins with a line of asterisks. */
function oneLine(message: string): string {
  return message
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('***'))
    .join('; ');
}

function remedyOf(found: Facts): Remedy {
  const { path, rowsOnly, sidecars } = found;
  if (rowsOnly) {
    return {
      text: 'The file itself is sound. Correct these rows, or the rules that they break.',
      commands: [sqlite3Command(path, 'PRAGMA integrity_check;')],
    };
  }
  const { text, command } = rescueOf(found);
  return {
    text: `Stop the application at once: writes make it worse. Keep a copy of all files. ${text} Compare the new database with what should be there, set its journal mode and user_version as they were, and put it in the place of the old one, without the old -wal and -shm. Then find the cause before anything writes again.`,
    commands: [saveTogetherCommand(path, sidecars), command],
  };
}

function rescueOf({ path, unreadableTables, schemaReadable }: Facts): { text: string; command: string } {
  const [from, to] = [shellQuote(path), shellQuote(`${path}.recovered`)];
  if (unreadableTables.length === 0 && schemaReadable) {
    return {
      text: 'Every row of every table can still be read, so only indexes or unused pages are damaged: write all of it into a new database, which builds its indexes anew.',
      command: `sqlite3 ${from} .dump | sqlite3 ${to}`,
    };
  }
  return {
    text: "If there is a backup from before the damage, restore it; else save what can be read into a new database. Debian's sqlite3 is built without what .recover needs: take the one from sqlite.org.",
    command: `sqlite3 ${from} .recover | sqlite3 ${to}`,
  };
}
