/** Reports of requeue-orphans, for the formats. */
import type { JobLine, QueueReport, RequeueDatabase } from '../../src/queue/shapes.js';
import { REPORT_SCHEMA, type RequeueReport } from '../../src/report/report.js';

export const orphan: JobLine = {
  id: '12',
  queue: 'default',
  kind: 'SendMail',
  ageMs: 7_500_000,
  owner: 'web-1:4711',
  attempts: 1,
  maxAttempts: 3,
  proof: 'owner-gone',
  because: 'pid 4711 is not running on this host',
  fate: 'requeue',
};

const none = { count: 0, examples: [] };

export const queue: QueueReport = {
  preset: 'laravel',
  name: 'Laravel',
  tables: { jobs: 'jobs' },
  counts: { queued: 2, claimed: 1201 },
  countsAfter: null,
  clocks: [
    {
      column: 'reserved_at',
      format: 'unix-s',
      zone: null,
      newest: '1',
      newestAt: '1970-01-01T00:00:01.000Z',
    },
  ],
  rowsAre: { one: 'job', many: 'jobs', freed: 'requeued' },
  acts: true,
  orphans: { count: 1200, examples: [orphan] },
  exhausted: 0,
  skipped: 0,
  obstructed: none,
  alive: {
    count: 1,
    examples: [{ ...orphan, id: '13', proof: null, because: 'pid 4712 is running', fate: 'none' }],
  },
  unknown: none,
  lockFailures: null,
  changes: ['sets reserved_at = NULL in jobs'],
  notes: [],
  ownRescue: 'None.',
  ifAlive: 'It runs twice.',
  wayOut: null,
  applied: null,
};

export const found: RequeueDatabase = {
  path: '/data/app.db',
  given: 'app.db',
  outcome: 'found',
  summary: '1,200 jobs left running by a dead worker. Nothing was changed.',
  way: 'attached',
  queues: [queue],
  ambiguous: [],
  proposals: [],
  unmapped: [],
  undone: null,
  journal: null,
  savedFiles: [],
  refusals: [],
  notes: [],
  advice: { text: 'To do it:', commands: ['dblock requeue-orphans /data/app.db --apply'] },
};

export function requeueReport(databases: readonly RequeueDatabase[]): RequeueReport {
  return {
    ...{ schema: REPORT_SCHEMA, tool: { name: 'dblock', version: '0.1.0' }, command: 'requeue-orphans' },
    ...{ startedAt: '2026-11-21T03:00:00.000Z', durationMs: 12, verdict: 'warning', exitCode: 1 },
    ...{ databases, unexamined: [] },
  };
}
