import { describe, expect, it } from 'vitest';
import type { Sample } from '../../src/doctor/shapes.js';
import type { FormatContext } from '../../src/report/formats/format.js';
import { render } from '../../src/report/render.js';
import type { DoctorReport } from '../../src/report/report.js';
import { evidence, fileState, rollbackSample, walSample } from '../support/evidence.js';
import { context, database, doctorReport, found, PINNED, RESTING, STOPPED } from '../support/reports.js';
import { expectTranscript } from '../support/transcripts.js';

const MUTED = found('wal-reset-bug', {
  summary: 'python3 (pid 4121) has SQLite 3.40.1 loaded.',
  muted: 'the distribution patches it with the next update, see OPS-112',
});
const FREELIST = found('freelist', {
  severity: 'info',
  summary: '1,200 of 4,000 pages are free (4.7 MiB).',
  remedy: {
    text: 'Nothing has to be done. To give the space back:',
    commands: ["sqlite3 '/data/app.db' 'VACUUM;'"],
  },
});
const CRASHED = { id: 'page-size', outcome: 'crashed', reason: 'Cannot read properties of null' } as const;

const contended = doctorReport([database([...RESTING, FREELIST, PINNED, MUTED, STOPPED])]);
const healthy = doctorReport([database([...RESTING.filter(({ outcome }) => outcome !== 'skipped')])]);
const limited = doctorReport([database(RESTING)]);
const crashed = doctorReport([database([...RESTING, PINNED, CRASHED])]);
const several = doctorReport(
  [
    database(RESTING, { path: '/data/cache.db' }),
    database([...RESTING, PINNED], { path: '/data/queue.db' }),
    database(
      RESTING.filter(({ outcome }) => outcome === 'clear'),
      { path: '/data/old.db', evidence: evidence(rollbackSample()) },
    ),
    database([...RESTING, STOPPED]),
  ],
  {
    verdict: 'incomplete',
    exitCode: 2,
    unexamined: [{ path: '/data/x.db', given: 'x.db', reason: 'No permission to read /data/x.db.' }],
  },
);

const page = (report: DoctorReport, how: FormatContext = context()) => render(report, 'table', how);

describe('the page of doctor', () => {
  it.each([
    ['contended', contended],
    ['healthy', healthy],
    ['limited', limited],
    ['crashed', crashed],
    ['several', several],
  ])('%s at 80 and 120 columns', async (name, report) => {
    await expectTranscript(`report-doctor-${name}-80`, await page(report));
    await expectTranscript(`report-doctor-${name}-120`, await page(report, context({ columns: 120 })));
  });

  it('is the same in colour but for the colour', async () => {
    const coloured = await page(contended, context({ colour: true }));
    await expectTranscript('report-doctor-contended-80-colour', coloured);
    expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(await page(contended));
  });

  it('tells less and more on demand', async () => {
    await expectTranscript('report-doctor-contended-quiet', await page(contended, context({}, 'quiet')));
    await expectTranscript('report-doctor-contended-verbose', await page(contended, context({}, 'verbose')));
    await expectTranscript('report-doctor-several-quiet', await page(several, context({}, 'quiet')));
    expect(await page(healthy, context({}, 'quiet'))).toBe('✔ OK: nothing found\n');
  });

  it('hides neither a crash nor a database that was not examined', async () => {
    expect(await page(crashed, context({}, 'quiet'))).toContain('A check crashed [page-size]');
    expect(await page(several, context({}, 'quiet'))).toContain(
      'Not examined: No permission to read /data/x.db.',
    );
  });

  it.each([30, 40, 60, 80, 100, 120, 200])(
    'keeps to %i columns, but for commands and paths',
    async (columns) => {
      const lines = (await page(several, context({ columns }))).split('\n');
      const wide = lines.filter((line) => line.length > Math.min(columns, 120)).map((line) => line.trim());
      expect(wide.filter((line) => !/^(sqlite3 |kill |\S+$|✔ \S+:$|── \S+:$)/.test(line))).toEqual([]);
      expect(lines).toContain(`      ${PINNED.remedy.commands[0]}`);
      expect(lines.filter((line) => line.endsWith(' '))).toEqual([]);
    },
  );

  it('says in the first line how many checks could not look, if all else is well', async () => {
    const first = async (report: DoctorReport) => (await page(report)).split('\n')[0];
    expect(await first(doctorReport([database([...RESTING, FREELIST])]))).toBe(
      '✔ OK: no warnings, 1 info, 5 checks skipped',
    );
    expect(await first(doctorReport([database([...RESTING, MUTED])]))).toBe(
      '✔ OK: nothing else found, 1 muted, 5 checks skipped',
    );
  });

  it('names a check that it has no prose of by its id', async () => {
    const report = doctorReport([database([found('brand-new')])]);
    expect(await page(report)).toContain('▲ Warning: brand-new [brand-new]');
  });

  it('does not say nobody, or how many, where not every process could be seen', async () => {
    const view = { complete: false, reason: 'run dblock as root' } as const;
    const blind = (sample: Sample) => ({ ...sample, kernel: { ...sample.kernel, processesView: view } });
    const texts = [rollbackSample(), walSample()].map((sample) =>
      page(doctorReport([database([], { evidence: evidence(blind(sample)) })])),
    );
    const [unattached, attached] = await Promise.all(texts);
    expect(unattached).toContain('rollback mode, 40 KiB, no attached process seen');
    expect(attached).toContain('at least 1 process attached');
  });

  it('says what a file without pages is, and that a journal is there', async () => {
    const journal = {
      file: fileState('/data/app.db-journal', { bytes: 512 }),
      content: { kind: 'active' },
    } as const;
    const empty = rollbackSample({
      header: null,
      journal,
      database: fileState('/data/app.db', { bytes: 0 }),
    });
    const text = await page(doctorReport([database([], { evidence: evidence(empty) })]));
    expect(text).toContain('empty, 0 bytes, journal 512 bytes, nobody attached');
    expect(text).toContain('1 sample');
  });

  it('speaks ASCII to a terminal that knows no more', async () => {
    const text = await page(several, context({ unicode: false }));
    expect(text).toMatch(/^[\n -~]+$/);
  });
});
