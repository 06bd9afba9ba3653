/** Reports that every format has to print. */
import type { Outcome } from '../../src/doctor/examine.js';
import type { DoctorReport } from '../../src/report/report.js';
import { database, doctorReport, found, PINNED, RESTING, STOPPED } from './reports.js';

export const MUTED = found('wal-reset-bug', {
  summary: 'python3 (pid 4121) has SQLite 3.40.1 loaded.',
  muted: 'the distribution patches it with the next update, see OPS-112',
});

export const FREELIST = found('freelist', {
  severity: 'info',
  summary: '1,200 of 4,000 pages are free (4.7 MiB).',
  remedy: {
    text: 'Nothing has to be done. To give the space back:',
    commands: ["sqlite3 '/data/app.db' 'VACUUM;'"],
  },
});

export const CRASHED: Outcome = {
  id: 'page-size',
  outcome: 'crashed',
  reason: 'Cannot read properties of null',
};

/** One database with a finding of each severity, one of them muted. */
export const contended: DoctorReport = doctorReport([
  database([...RESTING, FREELIST, PINNED, MUTED, STOPPED]),
]);

export const healthy: DoctorReport = doctorReport([
  database(RESTING.filter(({ outcome }) => outcome !== 'skipped')),
]);

/** Several databases, one of them outside the working directory, one not examined; and a crash. */
export const incomplete: DoctorReport = doctorReport(
  [
    database(RESTING, { path: '/data/cache.db', given: 'cache.db' }),
    database([...RESTING, PINNED], { path: '/srv/queue.db', given: '/srv/queue.db' }),
    database([...RESTING.filter(({ id }) => id !== CRASHED.id), CRASHED]),
  ],
  {
    verdict: 'incomplete',
    exitCode: 2,
    unexamined: [{ path: '/data/x.db', given: 'x.db', reason: 'No permission to read /data/x.db.' }],
  },
);

export const examples: readonly (readonly [name: string, report: DoctorReport])[] = [
  ['contended', contended],
  ['healthy', healthy],
  ['incomplete', incomplete],
];

/** What a file name, a process, a reason in the configuration or an error can have in it. */
export const HOSTILE = [
  '<script>alert(1)</script></details><!--',
  ']]>&quot;"\'',
  'new\nline\r\n::error::owned',
  '::add-mask::x,file=y:z%0A',
  '`code` ```sh',
  'a|b\\|c~~d~~$e$',
  '@octocat/team #123 GH-45 :smile: www.evil.example https://evil.example/ a@evil.example',
  '[click](https://evil.example) ![x](y)',
  '_em_ *strong* snake_case',
  '{0} {{1}}',
  'esc\x1b[31m nul\x00 bidi\u202e nonchar\ufffe half\ud800 end\u2028',
] as const;

/** A name that is some of it, short enough to be read in a transcript. */
export const HOSTILE_NAME = '<script>`a`|b @octocat #1 ]]> {0} [x](y),z%\n::error::owned';

/** A report with this in every text that comes from outside. */
export function hostileReport(text: string): DoctorReport {
  const name = `/data/${text}.db`;
  const remedy = {
    text,
    commands: [`rm '${text.replace(/[\p{Cc}\p{Zl}\p{Bidi_C}]/gu, '')}'`, `rm '${text}'`],
  };
  const outcomes: Outcome[] = [
    found('stopped-lock-holder', { severity: 'critical', summary: text, remedy }),
    found('reader-pins-wal', { summary: text, muted: text }),
    found('freelist', { severity: 'info', summary: text, remedy }),
    { id: 'page-size', outcome: 'crashed', reason: text },
    { id: 'wal-starved', outcome: 'skipped', reason: text },
    { id: 'hot-journal', outcome: 'inapplicable', reason: text },
  ];
  return doctorReport([database(outcomes, { path: name, given: name })], {
    unexamined: [{ path: name, given: name, reason: text }],
    verdict: 'incomplete',
    exitCode: 2,
  });
}
