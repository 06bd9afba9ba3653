/**
 * Writes docs/incidents/ID.md, a page of one screen for each incident: the symptom, the one command, what it printed, the
 * cure, in numbers. `npm run docs:incidents` plays each as found and as cured, which takes a minute or two; with
 * --compare also every cure that was proposed, which takes several more; with ids only these.
 * With --check it plays nothing, and fails if a page is missing, says something else than its scenario, or names a
 * command that there is not. What was measured is kept then: it differs from run to run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatMetric } from '../dist/report/stress/values.js';
import { metricOf, metrics } from '../dist/stress/metrics.js';
import { scenarios } from '../dist/stress/scenarios/index.js';
import { shorten } from './shorten-output.mjs';

const PAGES = new URL('../docs/incidents/', import.meta.url);
const DBLOCK = fileURLToPath(new URL('../bin/dblock.js', import.meta.url));
const GIB = 2 ** 30;

/** The incidents, with the cures that their authors proposed, as `--compare` takes them. */
const INCIDENTS = {
  'claim-race': 'begin-immediate',
  'batch-herd': 'begin-immediate',
  'scraper-fan-in': 'begin-immediate',
  'long-scan': 'begin-immediate',
};

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

const { values: flags, positionals } = parseArgs({
  options: { check: { type: 'boolean' }, compare: { type: 'boolean' } },
  allowPositionals: true,
});
for (const id of positionals) if (!(id in INCIDENTS)) throw new Error(`${id} is none of the incidents`);
const wanted = positionals.length > 0 ? positionals : Object.keys(INCIDENTS);

mkdirSync(PAGES, { recursive: true });
for (const id of wanted) {
  const file = new URL(`${id}.md`, PAGES);
  const old = measuredIn(readOrEmpty(file));
  if (flags.check) check(id, file, old);
  else writeFileSync(file, pageOf(scenarioOf(id), measure(id, old)));
}

function check(id, file, measured) {
  const text = readOrEmpty(file);
  if (text === '' || text !== pageOf(scenarioOf(id), measured))
    fail(`docs/incidents/${id}.md is stale or missing`);
  for (const [, command, rest] of text.matchAll(/dblock (\w+)((?: [^\s`|]+)*)/g)) {
    const known = helpOf(command);
    for (const [flag] of rest.matchAll(/--[a-z-]+/g))
      if (!known.includes(flag)) fail(`docs/incidents/${id}.md: dblock ${command} has no ${flag}`);
  }
}

function fail(reason) {
  console.error(`${reason}: run npm run build && npm run docs:incidents -- ID, and commit the result.`);
  process.exitCode = 1;
}

function helpOf(command) {
  return execFileSync(process.execPath, [DBLOCK, command, '--help'], { encoding: 'utf8' });
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
function pageOf({ id, title, hypothesis, cure, incident, page }, measured) {
  const part = (name) => `<!-- measured: ${name} -->\n${measured[name] ?? ''}\n<!-- end -->`;
  const compared =
    measured.compared === undefined ? [] : ['## Every cure that was proposed', part('compared')];
  return `${[
    `# ${title}`,
    `Seen in ${incident}. More: \`dblock explain ${id}\`.`,
    '## The symptom',
    page.symptoms,
    `\`\`\`text\n${page.log.join('\n')}\n\`\`\``,
    '## The command',
    hypothesis,
    part('as found'),
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
  const found = play(id, []);
  const cured = play(id, ['--cured']);
  const compared = flags.compare ? compare(id) : old.compared;
  console.log(`${id}: ${Math.round((Date.now() - started) / 1000)} s`);
  return {
    'as found': consoleOf(found),
    'as cured': numbersOf(found.report, cured),
    ...(compared === undefined ? {} : { compared }),
    when: dated(found.report, load),
  };
}

function play(id, more) {
  const args = ['stress', '--scenario', id, ...more];
  const folder = mkdtempSync(join(tmpdir(), 'dblock-incidents-'));
  const file = join(folder, 'report.json');
  try {
    const run = spawnSync(
      process.execPath,
      [DBLOCK, ...args, '--format', 'table', '--format', 'json', '--output', `json=${file}`],
      { cwd: folder, encoding: 'utf8', env: { ...process.env, COLUMNS: '100', NO_COLOR: '1' } },
    );
    if (run.status !== 0 && run.status !== 1) throw new Error(`dblock ${args.join(' ')}: ${run.stderr}`);
    const report = fromSnakeCase(JSON.parse(readFileSync(file, 'utf8')));
    const missed = report.thresholds.filter(({ state }) => state !== 'held');
    if (missed.length > 0)
      throw new Error(`${args.join(' ')}: not as expected: ${missed.map((one) => one.threshold).join(', ')}`);
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

function compare(id) {
  throw new Error(`not yet: ${id}`);
}

function dated({ startedAt, tool }, load) {
  const machine = `${availableParallelism()} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / GIB)} GiB, load ${load.toFixed(1)}`;
  return `Run on ${startedAt.slice(0, 10)} by \`npm run docs:incidents\`: dblock ${tool.version}, SQLite ${tool.sqliteVersion}, Node.js ${process.version}, ${machine}. Shortened where it says "…", and not edited.`;
}
