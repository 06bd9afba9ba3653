import type { RepairRule } from '../../doctor/repair/rule.js';

/** Jobs are found in rows, and no check reads rows: so no check carries this repair. */
export const ORPHANS: RepairRule = {
  ids: ['orphans'],
  safety: 'by id',
  summary:
    'Gives jobs of workers that are provably gone back to their queue, as dblock requeue-orphans does; by id only, since they run again. Looked for where a table looks like a job queue.',
};
