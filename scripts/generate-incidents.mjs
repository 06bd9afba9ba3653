/**
 * Writes docs/incidents/ID.md, a page of one screen for each incident: the symptom, the one command, what it printed, the
 * cure, in numbers; and docs/incidents/measured/ID.json, from which the page can be made again. `npm run docs:incidents` plays
 * each as found and as cured, which takes a minute or two; with --compare also every cure that was proposed, which takes
 * several more; with ids only these.
 * With --text it plays nothing and keeps what was measured: only the words of the scenarios are taken over.
 * With --check it writes nothing, and fails if a page is missing, does not fit one screen, says something else than its
 * scenario, shows a run of another load than that of today, or names a command that there is not. Numbers are not compared:
 * they differ each time.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatMetric } from '../dist/report/stress/values.js';
import { scenarios } from '../dist/stress/scenarios/index.js';
import { beyondScreen, COMPARED, MOST_COLUMNS, pageOf } from './incident-page.mjs';
import { INCIDENTS } from './incidents.mjs';
import { MARK } from './shorten-output.mjs';

const PAGES = new URL('../docs/incidents/', import.meta.url);
const DBLOCK = fileURLToPath(new URL('../bin/dblock.js', import.meta.url));
const GIB = 2 ** 30;
const ENVIRONMENT = {
  ...process.env,
  COLUMNS: `${MOST_COLUMNS - MARK.length}`,
  NO_COLOR: '1',
  LC_ALL: 'C.UTF-8',
};

/** What was asked for once. */
const HELPS = {};

const { values: flags, positionals } = parseArgs({
  options: { check: { type: 'boolean' }, compare: { type: 'boolean' }, text: { type: 'boolean' } },
  allowPositionals: true,
});
for (const id of positionals) if (!(id in INCIDENTS)) throw new Error(`${id} is none of the incidents`);
const wanted = positionals.length > 0 ? positionals : Object.keys(INCIDENTS);

mkdirSync(new URL('measured/', PAGES), { recursive: true });
for (const id of wanted) {
  const old = JSON.parse(readOrEmpty(measuredFile(id)) || 'null');
  if (flags.check) check(id, old);
  else write(id, flags.text ? old : measure(id, old));
}

function pageFile(id) {
  return new URL(`${id}.md`, PAGES);
}

function measuredFile(id) {
  return new URL(`measured/${id}.json`, PAGES);
}

function write(id, measured) {
  if (measured === null) throw new Error(`${id} was never measured: leave --text away`);
  const text = pageOf(scenarioOf(id), measured);
  for (const what of beyondScreen(text)) console.error(`docs/incidents/${id}.md ${what}`);
  writeFileSync(measuredFile(id), `${JSON.stringify(measured, null, 2)}\n`);
  writeFileSync(pageFile(id), text);
}

function check(id, measured) {
  const text = readOrEmpty(pageFile(id));
  if (text === '' || measured === null) return fail(id, 'is missing', id);
  if (text !== pageOf(scenarioOf(id), measured)) fail(id, 'is stale', '--text');
  for (const what of beyondScreen(text)) fail(id, what, id);
  const marks = [measured.mark, ...(measured.compared === undefined ? [] : [measured.compared.mark])];
  if (!marks.every((mark) => mark === markOf(id))) fail(id, 'shows a run of another load', id);
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

/** By which it is known of which load numbers are. */
function markOf(id) {
  const { asFound, asCured } = scenarioOf(id);
  const loads = [asFound, asCured].map(({ load, expect, breaks, cast }) => [load, expect, breaks, `${cast}`]);
  return createHash('sha256').update(JSON.stringify(loads)).digest('hex').slice(0, 12);
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

// ---------------------------------------------------------------- what is measured

function measure(id, old) {
  const started = Date.now();
  const load = loadavg()[0];
  const found = play(id, leavesOrphans(id) ? ['--keep'] : []);
  const cured = play(id, ['--cured']);
  // of another load it would be no answer any more
  const kept = old?.compared?.mark === markOf(id) ? old.compared : undefined;
  const compared = flags.compare ? compare(id) : kept;
  console.log(`${id}: ${Math.round((Date.now() - started) / 1000)} s`);
  return {
    mark: markOf(id),
    when: dated(found.report, load),
    found: printed(found),
    ...(leavesOrphans(id) ? { repaired: repair(found.report) } : {}),
    cured: printed(cured),
    ...(compared === undefined ? {} : { compared }),
  };
}

function printed({ command, text }) {
  return { command, text: text.trimEnd().split('\n') };
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
    const command = 'dblock requeue-orphans kept.db --apply --yes';
    return printed({ command, text: text.replaceAll(arena.path, 'kept.db') });
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

/** All in turn with the load as found, so that what slows the machine slows them alike. */
function compare(id) {
  const load = loadavg()[0];
  const { report } = play(id, ['--compare', INCIDENTS[id].cures]);
  const { rounds, asFound, variants, sentence } = report.comparison;
  const rows = [asFound, ...variants].map((variant) => ({
    name: variant.remedies.length === 0 ? 'as found' : variant.id,
    expected: variant.expected,
    values: COMPARED.map(([metric]) => medianOf(variant, metric)),
    standing: standingOf(variant),
  }));
  const when = `${report.startedAt.slice(0, 10)}, load ${load.toFixed(1)}`;
  return { mark: markOf(id), rounds, when, rows, sentence };
}

function medianOf({ cells }, metric) {
  const cell = cells.find((one) => one.metric === metric);
  return cell === undefined ? '' : formatMetric(metric, cell.unit, cell.median);
}

function standingOf({ holds, truth }) {
  if (holds) return 'holds';
  return truth === 'broken' ? 'wrong data' : 'not enough';
}

function dated({ startedAt, tool }, load) {
  const machine = `${availableParallelism()} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / GIB)} GiB, load ${load.toFixed(1)}`;
  return `${startedAt.slice(0, 10)} (dblock ${tool.version}, SQLite ${tool.sqliteVersion}, Node.js ${process.version}, ${machine})`;
}
