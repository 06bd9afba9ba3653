import { formatCount, plural } from '../../units.js';
import { defineCheck, facts, inapplicable, skipped } from '../check.js';
import { listSome } from '../list-some.js';
import { sqlite3Command } from '../quote.js';
import type { Deep } from '../shapes.js';

type Checked = Extract<Deep['foreignKeys'], { known: true }>['value'];

interface Facts {
  readonly path: string;
  readonly violations: Checked['violations'];
  readonly rows: number;
}

export const foreignKeyViolations = defineCheck<Facts>({
  id: 'foreign-key-violations',
  title: 'Rows refer to rows that do not exist',
  severity: 'info',
  group: 'deep',
  why: 'SQLite enforces foreign keys only on connections that switch them on (PRAGMA foreign_keys = ON), and most libraries leave them off. A single connection without it can delete parents and leave their children behind. Such rows surface later: as missing data, or as "FOREIGN KEY constraint failed" in a transaction that touches them and had nothing to do with it.',
  sources: [
    'https://www.sqlite.org/pragma.html#pragma_foreign_key_check',
    'https://www.sqlite.org/foreignkeys.html#fk_enable',
  ],
  guide: {
    meaning:
      'PRAGMA foreign_key_check, run with --deep on a private copy, found rows whose parent does not exist.',
    certainty:
      'Certain. When and by whom they were made is not known: any connection without foreign_keys = ON can.',
    now: {
      text: 'List the rows, and decide for each table: bring the parent back, set the column to NULL, or delete the row.',
      commands: ["sqlite3 app.db 'PRAGMA foreign_key_check;'"],
    },
    later:
      'Run PRAGMA foreign_keys = ON as one of the first statements of every connection. If foreign keys are meant to be off, mute the check with that reason.',
  },
  inspect({ evidence: { deep, schemaFacts, path } }) {
    if (!deep) return skipped('needs --deep');
    if (!deep.known) return skipped(deep.reason);
    const checked = deep.value.foreignKeys;
    if (!checked.known) return skipped(checked.reason);
    const { violations, unchecked } = checked.value;
    const [first] = unchecked;
    if (violations.length === 0 && first)
      return skipped(`${first.table} could not be checked: ${first.reason}`);
    if (violations.length === 0 && schemaFacts.known && schemaFacts.value.foreignKeys.length === 0) {
      return inapplicable('no table has a foreign key');
    }
    return facts({ path, violations, rows: violations.reduce((sum, { rows }) => sum + rows, 0) });
  },
  verdict({ violations }) {
    return violations.length > 0 ? 'info' : 'clear';
  },
  summary({ path, violations, rows }) {
    const names = violations.map(
      ({ table, columns, parent, rows: count }) =>
        `${formatCount(count)} in ${table}(${columns.join(', ')}) → ${parent}`,
    );
    return `${plural(rows, 'row')} of ${path} ${rows === 1 ? 'refers' : 'refer'} to a parent that does not exist: ${listSome(names)}.`;
  },
  remedy({ path }) {
    return {
      text: 'List the rows (table, rowid, parent, number of the key) and decide for each table: bring the parent back, set the column to NULL, or delete the row. Then run PRAGMA foreign_keys = ON as one of the first statements of every connection, or it happens again. If foreign keys are meant to be off, mute this check with the reason.',
      commands: [sqlite3Command(path, 'PRAGMA foreign_key_check;')],
    };
  },
});
