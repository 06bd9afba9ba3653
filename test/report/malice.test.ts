/** Names and command lines are chosen by others. Whatever they contain, a terminal must not obey it. */
import { describe, expect, it } from 'vitest';
import { render } from '../../src/report/render.js';
import type { Report } from '../../src/report/report.js';
import { healthyEvidence } from '../support/evidence.js';
import {
  context,
  database,
  doctorReport,
  found,
  LOCK_ROWS,
  locksReport,
  RESTING,
  STOPPED,
} from '../support/reports.js';

const EVIL = 'evil\x1b[2J\x1b]0;owned\x07\x9b31m\r\n\t\u202etxt.exe\u2066\u2028\x00\x7f';
const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/u;

/** Fields that a formatter branches on; every other text of a report may come from outside. */
const OURS = new Set([
  'schema',
  'command',
  'verdict',
  'outcome',
  'severity',
  'journalMode',
  'startedAt',
  'name',
]);

function poisoned<T>(value: T, key?: string): T;
function poisoned(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return OURS.has(key) ? value : value + EVIL;
  if (Array.isArray(value)) return value.map((item) => poisoned(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, poisoned(item, name)]));
}

const outcomes = [
  ...RESTING,
  STOPPED,
  found('muted-one', { muted: 'because' }),
  { id: 'broken', outcome: 'crashed', reason: 'why' } as const,
];
const unexamined = [{ path: '/x', given: 'x', reason: 'no' }];
const doctor = doctorReport([database(outcomes)]);
const several = doctorReport([database(outcomes), database(RESTING, { path: '/y' })], { unexamined });
const [writer] = LOCK_ROWS;
const locks = locksReport(
  [{ path: '/data/app.db', given: 'app.db', rows: writer ? [writer] : [], limits: ['that'] }],
  { unexamined },
);

describe('text from outside', () => {
  const reports: [string, Report][] = [
    ['doctor', doctor],
    ['doctor on several', several],
    ['locks', locks],
  ];
  const widths = [80, 200];
  const details = ['quiet', 'normal', 'verbose'] as const;

  it.each(reports)('never acts on the terminal: %s', async (_, report) => {
    for (const columns of widths) {
      for (const detail of details) {
        const how = context({ columns }, detail);
        const text = await render(poisoned(report), 'table', { ...how, checks: poisoned(how.checks) });
        expect(text).toContain('evil');
        expect(text.replaceAll('\n', '')).not.toMatch(HARMFUL);
      }
    }
  });

  it('puts no line of its own into the page', async () => {
    const fake = { path: '/data/app.db\n✔ OK: nothing found', evidence: healthyEvidence() };
    const text = await render(doctorReport([database(RESTING, fake)]), 'table', context());
    expect(text.match(/^✔ OK/gm)).toHaveLength(1);
  });

  it('is whole in JSON, and harmless there too', async () => {
    const text = await render(poisoned(doctor), 'json', context());
    expect(text.replaceAll('\n', '')).not.toMatch(HARMFUL);
    expect(JSON.parse(text).databases[0].path).toBe(`/data/app.db${EVIL}`);
  });

  it('a command that would have to be changed to be shown is not shown', async () => {
    const remedy = { text: 'Remove it.', commands: [`rm '/data/a\x1bb.db'`, `rm '/data/ab.db'`] };
    const report = doctorReport([database([found('hot-journal', { remedy })])]);
    const text = await render(report, 'table', context());
    expect(text.match(/rm '/g)).toHaveLength(1);
    expect(text).toContain('a command with control characters');
  });
});
