/** Repairs that findings of several checks have in common. */
import { type Bytes, formatBytes } from '../../units.js';
import { attachedNow } from '../attachment.js';
import { hasResetBug } from '../process-questions.js';
import { lastSample } from '../questions.js';
import { shellQuote } from '../quote.js';
import type { Evidence } from '../shapes.js';
import { isWal, writeLockText } from './rule.js';
import type { Repair } from './shapes.js';

/** Passive while a process with the WAL-reset bug is attached, for which every restart of the WAL is a risk. */
export function checkpointRepair(id: string, evidence: Evidence, what: string): Repair {
  const exposed = attachedNow(evidence).some((pid) => hasResetBug(evidence, pid));
  const mode = exposed ? 'passive' : 'truncate';
  const passive = 'A passive checkpoint, for which nobody waits';
  return {
    ...{ id, what },
    steps: [`dblock checkpoint ${shellQuote(evidence.path)} --mode ${mode} --no-save`],
    locks: exposed
      ? `${passive}.`
      : `${passive}, does most; then writers wait while the rest is copied, and for at most --wait.`,
    undo: 'Not needed: the same rows are in the database instead of the WAL.',
    byIdOnly: null,
    notes: exposed ? ['Not truncated: a process with the WAL-reset bug has the database open.'] : [],
    action: { kind: 'checkpoint', mode },
  };
}

/**
 * 64 MiB: a plain disk reads and sorts that much in about a second, so that writers with SQLite's usual 5 s of busy
 * timeout do not notice. What is larger is for its owner to time.
 */
const QUICK_BYTES: Bytes = 64 * 2 ** 20;

/** @param statements CREATE INDEX, each proven to be used on the empty schema, with names that nothing has yet */
export function indexRepair(id: string, evidence: Evidence, statements: readonly string[]): Repair {
  const { bytes } = lastSample(evidence).database;
  const analysed = isAnalysed(evidence);
  const names = statements.flatMap((sql) => indexName(sql) ?? []);
  return {
    id,
    what:
      statements.length === 1
        ? 'Create the index.'
        : `Create ${statements.length} indexes, one transaction each.`,
    steps: [...statements, ...(analysed ? names.map(analyze) : [])],
    locks: `${writeLockText(evidence, 'while SQLite reads the table and writes the index')} The whole database has ${formatBytes(bytes)}; --estimate measures the time on a private copy.`,
    undo: names.map((name) => `DROP INDEX ${name};`).join(' '),
    byIdOnly:
      bytes > QUICK_BYTES
        ? `the database has ${formatBytes(bytes)}: writers may have to wait for longer than their busy timeout`
        : null,
    notes: [
      'Each index takes room and makes every insert a little dearer. If the application has migrations, create it there as well.',
      ...(analysed
        ? [
            'The database has statistics (sqlite_stat1), so the new index gets its own: ANALYZE of it alone, other plans stay as they are.',
          ]
        : []),
    ],
    action: { kind: 'create-indexes', statements: [...statements, ...(analysed ? names.map(analyze) : [])] },
  };
}

function isAnalysed({ schemaObjects }: Evidence): boolean {
  return schemaObjects.known && schemaObjects.value.some(({ name }) => name === 'sqlite_stat1');
}

/** As provenIndex writes it, quotes included. */
function indexName(sql: string): string | null {
  return /^CREATE INDEX ("(?:[^"]|"")+") ON /.exec(sql)?.[1] ?? null;
}

function analyze(name: string): string {
  return `ANALYZE ${name};`;
}

/** What everybody should know before a VACUUM (sqlite.org/lang_vacuum.html). */
export function vacuumNotes(evidence: Evidence): string[] {
  const { bytes } = lastSample(evidence).database;
  return [
    `It takes up to ${formatBytes(2 * bytes)} of free space while it runs, besides the backup.`,
    'Rows of a table without INTEGER PRIMARY KEY may get another rowid: it matters only if the application stores rowids.',
  ];
}

export function vacuumLocks(evidence: Evidence): string {
  const { bytes } = lastSample(evidence).database;
  const whom = isWal(evidence) ? 'Writers wait' : 'Writers wait, and at its end readers too,';
  return `${whom} while the whole database (${formatBytes(bytes)}) is rewritten; --estimate measures the time on a private copy.`;
}
