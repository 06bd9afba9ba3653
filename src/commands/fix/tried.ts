/** What became of one repair. */
import { shellQuote } from '../../doctor/quote.js';
import type { Preventer, RepairResult } from '../../doctor/repair/shapes.js';
import { formatDuration } from '../../units.js';
import type { FixSettings } from './options.js';

/** `done`: the diagnosis will tell what it was worth. */
export type Done = { readonly result: 'done'; readonly durationMs: number };
export type Tried = Done | Extract<RepairResult, { result: 'prevented' | 'failed' | 'not-tried' }>;

export function unsaved(reason: string): Tried {
  return {
    result: 'failed',
    code: null,
    summary: `The backup could not be made: ${reason}. Nothing was changed.`,
    remedy: {
      text: 'Make room or give permission, put it elsewhere with --backup-to FOLDER, or leave it out with --no-backup.',
      commands: [],
    },
  };
}

export function prevented(
  path: string,
  preventers: Preventer[],
  { waitMs }: FixSettings,
  hidden: string | null,
): Tried {
  const unseen =
    hidden === null
      ? 'when dblock looked, nobody was in the way any more'
      : `who it is cannot be seen: ${hidden}`;
  const pids = [...new Set(preventers.map(({ pid }) => pid))];
  return {
    result: 'prevented',
    summary: `Others used the database for all of the ${formatDuration(waitMs)} that it waited${preventers.length === 0 ? `; ${unseen}` : ''}. Nothing was changed.`,
    preventers,
    remedy: {
      text: 'Let them finish or stop them, or wait longer (--wait).',
      commands: [
        ...pids.map((pid) => `ps -o pid,ppid,stat,lstart,args -p ${pid}`),
        `dblock locks ${shellQuote(path)}`,
      ],
    },
  };
}
