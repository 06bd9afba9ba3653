/**
 * Writes docs/incidents/ID.md, a page of one screen for each incident: the symptom, the one command, what it printed, the
 * cure, in numbers. `npm run docs:incidents` plays each as found and as cured, which takes a minute or two; with
 * --compare also every cure that was proposed, which takes several more; with ids only these.
 * With --text it plays nothing and keeps what was measured: only the words of the scenarios are taken over.
 * With --check it writes nothing, and fails if a page is missing, says something else than its scenario, shows a run of
 * another load than that of today, or names a command that there is not. Numbers are not compared: they differ each time.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatMetric } from '../dist/report/stress/values.js';
import { metricOf, metrics } from '../dist/stress/metrics.js';
import { scenarios } from '../dist/stress/scenarios/index.js';
import { CURED_THRESHOLDS } from '../dist/stress/thresholds.js';
import { INCIDENTS } from './incidents.mjs';
import { shorten, shortenRequeue } from './shorten-output.mjs';

const PAGES = new URL('../docs/incidents/', import.meta.url);
const DBLOCK = fileURLToPath(new URL('../bin/dblock.js', import.meta.url));
const GIB = 2 ** 30;
const ENVIRONMENT = { ...process.env, COLUMNS: '100', NO_COLOR: '1', LC_ALL: 'C.UTF-8' };

/** What is told of both runs, in these words. */
const NUMBERS = {
  failure_rate: 'transactions given up because of a lock',
  'errors.instant': 'lock errors that came at once',
  'errors.timed-out': 'lock errors after the busy timeout',
  'wait.avg': 'wait for the write lock, mean',
  'wait.max': 'the longest wait',
  throughput: 'committed',
  fairness: 'fairness (1 = all alike)',
  wal_peak: 'the WAL, at most',
};

/** What is told of each cure that was proposed. */
const COMPARED = [
  ['failure_rate', 'given up'],
  ['retry_rate', 'retries'],
  ['wait.p99', 'wait p99'],
  ['wait.max', 'longest wait'],
  ['rows', 'rows'],
];

/** What a cure is held to. */
function holdsIf(wanted = []) {
  const all = [...CURED_THRESHOLDS, ...wanted].map((text) => `\`${text}\``);
  return `A cure holds if in every round ${all.join(', ')}, and nothing is broken that must be true at the end.`;
}

const REPAIRED =
  '`--keep` keeps the database, and the jobs that were left running can go back into their queue:';

/** What was asked for once. */
const HELPS = {};

const { values: flags, positionals } = parseArgs({
  options: { check: { type: 'boolean' }, compare: { type: 'boolean' }, text: { type: 'boolean' } },
  allowPositionals: true,
});
for (const id of positionals) if (!(id in INCIDENTS)) throw new Error(`${id} is none of the incidents`);
const wanted = positionals.length > 0 ? positionals : Object.keys(INCIDENTS);

mkdirSync(PAGES, { recursive: true });
for (const id of wanted) {
  const file = new URL(`${id}.md`, PAGES);
  const old = measuredIn(readOrEmpty(file));
  if (flags.check) check(id, file, old);
  else writeFileSync(file, pageOf(scenarioOf(id), flags.text ? old : measure(id, old)));
}

function check(id, file, measured) {
  const text = readOrEmpty(file);
  if (text === '') return fail(id, 'is missing', id);
  if (text !== pageOf(scenarioOf(id), measured)) fail(id, 'is stale', '--text');
  const parts = [measured.when ?? '', ...(measured.compared === undefined ? [] : [measured.compared])];
  if (!parts.every((part) => part.includes(markOf(id)))) fail(id, 'shows a run of another load', id);
  for (const [, command, rest] of text.matchAll(/dblock ([a-z][a-z-]+)((?: [^\s`|]+)*)/g)) {
    const known = helpOf(command);
    for (const [flag] of rest.matchAll(/--[a-z-]+/g))
      if (!known.includes(flag)) fail(id, `has dblock ${command} ${flag}, which there is not`, id);
  }
}

function fail(id, what, how) {
  console.error(`docs/incidents/${id}.md ${what}: npm run build && npm run docs:incidents -- ${how}`);
  process.exitCode = 1;
}

/** By which a page knows of which load its numbers are. */
function markOf(id) {
  const { asFound, asCured } = scenarioOf(id);
  const loads = [asFound, asCured].map(({ load, expect, breaks, cast }) => [load, expect, breaks, `${cast}`]);
  return `<!-- of ${createHash('sha256').update(JSON.stringify(loads)).digest('hex').slice(0, 12)} -->`;
}

function helpOf(command) {
  const known = HELPS[command];
  HELPS[command] = known ?? execFileSync(process.execPath, [DBLOCK, command, '--help'], { encoding: 'utf8' });
  return HELPS[command];
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function scenarioOf(id) {
  const scenario = scenarios.find((one) => one.id === id);
  if (!scenario) throw new Error(`there is no scenario ${id}`);
  return scenario;
}

// ---------------------------------------------------------------- the page

/** All but what was measured comes from the scenario, word for word. */
function pageOf({ id, title, hypothesis, cure, incident, page, wanted }, measured) {
  const part = (name) => `<!-- measured: ${name} -->\n${measured[name] ?? ''}\n<!-- end -->`;
  const compared =
    measured.compared === undefined
      ? []
      : ['## Every cure that was proposed', holdsIf(wanted), part('compared')];
  return `${[
    `# ${title}`,
    `Seen in ${incident}. More: \`dblock explain ${id}\`.`,
    '## The symptom',
    page.symptoms,
    `\`\`\`text\n${page.log.join('\n')}\n\`\`\``,
    '## The command',
    hypothesis,
    part('as found'),
    ...(measured.repaired === undefined ? [] : [REPAIRED, part('repaired')]),
    '## The cure',
    cure,
    part('as cured'),
    ...compared,
    part('when'),
  ].join('\n\n')}\n`;
}

function measuredIn(text) {
  const parts = text.matchAll(/<!-- measured: (.+?) -->\n([\s\S]*?)\n<!-- end -->/g);
  return Object.fromEntries([...parts].map(([, name, content]) => [name, content]));
}

// ---------------------------------------------------------------- what is measured

function measure(id, old) {
  const started = Date.now();
  const load = loadavg()[0];
  const found = play(id, leavesOrphans(id) ? ['--keep'] : []);
  const cured = play(id, ['--cured']);
  // of another load it would be no answer any more
  const kept = old.compared?.includes(markOf(id)) ? old.compared : undefined;
  const compared = flags.compare ? compare(id) : kept;
  console.log(`${id}: ${Math.round((Date.now() - started) / 1000)} s`);
  return {
    'as found': consoleOf(found),
    ...(leavesOrphans(id) ? { repaired: repair(found.report) } : {}),
    'as cured': numbersOf(found.report, cured),
    ...(compared === undefined ? {} : { compared }),
    when: `${dated(found.report, load)} Shortened where it says "…", and not edited.\n${markOf(id)}`,
  };
}

function leavesOrphans(id) {
  return scenarioOf(id).asFound.breaks.includes('none-orphaned');
}

/** The database that was kept: its jobs go back into their queue. */
function repair({ arena }) {
  const folder = dirname(arena.path);
  try {
    const args = ['requeue-orphans', arena.path, '--apply', '--yes'];
    const text = execFileSync(process.execPath, [DBLOCK, ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: ENVIRONMENT,
    });
    const shown = shortenRequeue(text).replaceAll(arena.path, 'kept.db');
    return `\`\`\`console\n$ dblock requeue-orphans kept.db --apply --yes\n${shown}\n\`\`\``;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function play(id, more) {
  const args = ['stress', '--scenario', id, ...more];
  const folder = mkdtempSync(join(tmpdir(), 'dblock-incidents-'));
  const file = join(folder, 'report.json');
  try {
    const run = spawnSync(
      process.execPath,
      [DBLOCK, ...args, '--format', 'table', '--format', 'json', '--output', `json=${file}`],
      { cwd: folder, encoding: 'utf8', env: ENVIRONMENT },
    );
    if (run.status !== 0 && run.status !== 1) throw new Error(`dblock ${args.join(' ')}: ${run.stderr}`);
    const report = fromSnakeCase(JSON.parse(readFileSync(file, 'utf8')));
    const { missed } = report.scenario;
    if (missed.length > 0) throw new Error(`${args.join(' ')}: not as expected: ${missed.join(', ')}`);
    return { command: `dblock ${args.join(' ')}`, text: run.stdout, report };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As the metrics know it. */
function fromSnakeCase(value) {
  if (Array.isArray(value)) return value.map(fromSnakeCase);
  if (value === null || typeof value !== 'object') return value;
  const camel = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [camel(name), fromSnakeCase(one)]));
}

function consoleOf({ command, text }) {
  return `\`\`\`console\n$ ${command}\n${shorten(text)}\n\`\`\``;
}

function numbersOf(found, { command, report: cured }) {
  const rows = Object.entries(NUMBERS).flatMap(([name, words]) => {
    const cells = [found, cured].map(({ runs }) => cellOf(name, metricOf(runs[0], name)));
    return cells[0] === cells[1] && /^0( |%|$)/.test(cells[0]) ? [] : [`| ${words} | ${cells.join(' | ')} |`];
  });
  const broken = [found, cured].map(({ runs }) => brokenOf(runs[0]));
  return [
    `\`${command}\`, against the run above:`,
    '',
    '| | as found | as cured |',
    '| --- | ---: | ---: |',
    ...rows,
    `| what must be true at the end | ${broken.join(' | ')} |`,
  ].join('\n');
}

function cellOf(name, value) {
  const { unit } = metrics.find((metric) => metric.name === name);
  return value === null ? 'none' : formatMetric(name, unit, value);
}

function brokenOf({ truth }) {
  const broken = truth.filter(({ state }) => state === 'broken');
  return broken.length === 0 ? 'holds' : `${broken.length} of ${truth.length} broken`;
}

/** All in turn with the load as found, so that what slows the machine slows them alike. */
function compare(id) {
  const load = loadavg()[0];
  const { command, report } = play(id, ['--compare', INCIDENTS[id]]);
  const { rounds, asFound, variants, sentence } = report.comparison;
  const rows = [asFound, ...variants].map(
    (variant) =>
      `| ${nameOf(variant)} | ${variant.expected ?? ''} | ${COMPARED.map(([metric]) => medianOf(variant, metric)).join(' | ')} | ${standingOf(variant)} |`,
  );
  return [
    `\`${command.replace(/--compare (\S+)/, "--compare '$1'")}\` (${rounds} rounds, medians; what helps most comes first):`,
    '',
    `| | expected by those who proposed it | ${COMPARED.map(([, words]) => words).join(' | ')} | |`,
    `| --- | --- |${' ---: |'.repeat(COMPARED.length)} --- |`,
    ...rows,
    '',
    `${sentence} Compared on ${report.startedAt.slice(0, 10)}, load ${load.toFixed(1)}.`,
    markOf(id),
  ].join('\n');
}

function nameOf({ id, remedies }) {
  return remedies.length === 0 ? 'as found' : `\`${id}\``;
}

function medianOf({ cells }, metric) {
  const cell = cells.find((one) => one.metric === metric);
  return cell === undefined ? '' : formatMetric(metric, cell.unit, cell.median);
}

function standingOf({ holds, truth }) {
  if (holds) return 'holds';
  return truth === 'broken' ? 'rows or jobs are wrong' : 'does not hold';
}

function dated({ startedAt, tool }, load) {
  const machine = `${availableParallelism()} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / GIB)} GiB, load ${load.toFixed(1)}`;
  return `Run on ${startedAt.slice(0, 10)}: dblock ${tool.version}, SQLite ${tool.sqliteVersion}, Node.js ${process.version}, ${machine}.`;
}
