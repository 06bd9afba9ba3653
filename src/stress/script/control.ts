/** Which statements begin and end transactions (sqlite.org/lang_transaction.html, lang_savepoint.html). */
import type { Complain } from './problem.js';

export type Control =
  | { readonly kind: 'begin'; readonly mode: 'deferred' | 'immediate' | 'exclusive' }
  | { readonly kind: 'commit' }
  | { readonly kind: 'rollback' }
  /** Outside of a transaction it begins one, as BEGIN DEFERRED does. */
  | { readonly kind: 'savepoint'; readonly begins: boolean }
  /** Of the savepoint that began the transaction it is a COMMIT. */
  | { readonly kind: 'release'; readonly commits: boolean }
  /** Goes back to a savepoint; the transaction stays open, and so does the write lock. */
  | { readonly kind: 'rollback-to' };

/** Follows the transactions of a script, which has no branches: what is open where can be told by reading. */
export interface TransactionTracker {
  /** @param words of the statement, quoted names as they are. @returns `null`: it neither begins nor ends one */
  take(line: number, words: readonly string[]): Control | null;
  /** To be called at the end of the script. */
  finish(): void;
}

interface Open {
  readonly line: number;
  readonly begin: string;
  /** Begun by a savepoint, and so ended by its RELEASE. */
  readonly savepoints: string[];
  readonly bySavepoint: boolean;
}

export function trackTransactions(complain: Complain): TransactionTracker {
  let open: Open | null = null;
  return {
    take(line, words) {
      const step = stepOf(words, open, (reason) => complain(line, reason));
      if (step === null) return null;
      if (step.opens !== null)
        open = {
          line,
          begin: step.opens,
          savepoints: [...step.savepoints],
          bySavepoint: step.control.kind === 'savepoint',
        };
      else if (open !== null) open = step.ends ? null : { ...open, savepoints: [...step.savepoints] };
      return step.control;
    },
    finish() {
      if (open === null) return;
      const end = open.bySavepoint ? `RELEASE ${open.savepoints[0]}` : 'COMMIT or ROLLBACK';
      complain(open.line, `The transaction that ${open.begin} begins is not ended: ${end} is missing.`);
    },
  };
}

interface Step {
  readonly control: Control;
  /** The statement that begins a transaction. */
  readonly opens: string | null;
  readonly ends: boolean;
  /** Open after it. */
  readonly savepoints: readonly string[];
}

type Refuse = (reason: string) => never;

/** `null`: no transaction control. */
function stepOf(words: readonly string[], open: Open | null, refuse: Refuse): Step | null {
  const [first = '', second = '', third = ''] = words.map((word) => word.toUpperCase());
  switch (first) {
    case 'BEGIN':
      return beginStep(second, open, refuse);
    case 'COMMIT':
    case 'END':
      if (open === null) return refuse(`${first} without a transaction: no BEGIN is before it.`);
      return { control: { kind: 'commit' }, opens: null, ends: true, savepoints: [] };
    case 'ROLLBACK':
      return rollbackStep(words, second === 'TRANSACTION' ? third : second, open, refuse);
    case 'SAVEPOINT':
      return savepointStep(words[1] ?? '', open);
    case 'RELEASE':
      return releaseStep(words.at(-1) ?? '', open, refuse);
    default:
      return null;
  }
}

function beginStep(word: string, open: Open | null, refuse: Refuse): Step {
  if (open !== null)
    return refuse(`BEGIN inside of the transaction of line ${open.line}: SQLite nests only savepoints.`);
  const mode = word === 'IMMEDIATE' ? 'immediate' : word === 'EXCLUSIVE' ? 'exclusive' : 'deferred';
  return { control: { kind: 'begin', mode }, opens: 'BEGIN', ends: false, savepoints: [] };
}

function rollbackStep(words: readonly string[], word: string, open: Open | null, refuse: Refuse): Step {
  if (open === null) return refuse('ROLLBACK without a transaction: no BEGIN is before it.');
  if (word !== 'TO') return { control: { kind: 'rollback' }, opens: null, ends: true, savepoints: [] };
  const at = indexOfSavepoint(words.at(-1) ?? '', open, refuse);
  return {
    control: { kind: 'rollback-to' },
    opens: null,
    ends: false,
    savepoints: open.savepoints.slice(0, at + 1),
  };
}

function savepointStep(name: string, open: Open | null): Step {
  const savepoints = [...(open?.savepoints ?? []), name];
  const opens = open === null ? `SAVEPOINT ${name}` : null;
  return { control: { kind: 'savepoint', begins: open === null }, opens, ends: false, savepoints };
}

function releaseStep(name: string, open: Open | null, refuse: Refuse): Step {
  if (open === null) return refuse(`RELEASE ${name} without a savepoint of that name.`);
  const at = indexOfSavepoint(name, open, refuse);
  const commits = at === 0 && open.bySavepoint;
  return {
    control: { kind: 'release', commits },
    opens: null,
    ends: commits,
    savepoints: open.savepoints.slice(0, at),
  };
}

/** The newest of that name; names of savepoints know no case. */
function indexOfSavepoint(name: string, { savepoints }: Open, refuse: Refuse): number {
  const at = savepoints.map((candidate) => candidate.toLowerCase()).lastIndexOf(name.toLowerCase());
  return at < 0 ? refuse(`There is no open savepoint ${name}.`) : at;
}
