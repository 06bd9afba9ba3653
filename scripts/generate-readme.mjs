/**
 * Writes the parts of README.md that come from the code: `<!-- generated: NAME -->` … `<!-- end -->`.
 * With --check it writes nothing and fails if a part is stale.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ORPHANS } from '../dist/commands/fix/orphans-rule.js';
import { checks } from '../dist/doctor/checks/index.js';
import { errorRows } from '../dist/explain/error-rows.js';
import { recipes } from '../dist/recipes/index.js';
import { metrics } from '../dist/stress/metrics.js';
import { remedies } from '../dist/stress/remedies/index.js';
import { scenarios } from '../dist/stress/scenarios/index.js';
import { INCIDENTS } from './incidents.mjs';

const README = new URL('../README.md', import.meta.url);
const DBLOCK = fileURLToPath(new URL('../bin/dblock.js', import.meta.url));

const GROUPS = {
  now: 'About this moment: needs somebody who has the database open',
  files: 'About the files: holds while nobody has it open, too',
  queues: 'About job queues: their rows are read in memory, up to 64 MiB, and counts and ids are kept',
  schema: 'About tables and indexes: asked of SQLite on the empty schema, no row is read',
  connections:
    'About connections: what you declare under `connections` in the configuration, since nobody outside can see it',
  deep: 'With `--deep`: every page is read, on a private copy that is deleted after',
};

const parts = {
  checks: () =>
    Object.entries(GROUPS)
      .map(([group, heading]) => checkTable(group, heading))
      .join('\n\n'),
  'error codes': () => errorTable(),
  'doctor --help': () => help('doctor'),
  'locks --help': () => help('locks'),
  'checkpoint --help': () => help('checkpoint'),
  'stress --help': () => help('stress'),
  'fix --help': () => help('fix'),
  repairs: () => repairTable(),
  'requeue-orphans --help': () => help('requeue-orphans'),
  'explain --help': () => help('explain'),
  'recipe --help': () => help('recipe'),
  recipes: () => recipeTable(),
  scenarios: () => scenarioTable(),
  remedies: () => remedyTable(),
};

function checkTable(group, heading) {
  const rows = checks.filter((check) => check.group === group);
  const lines = rows.map(
    (check) =>
      `| \`${check.id}\` | ${check.severity} | ${check.title}. ${check.why.replaceAll('|', '\\|')} | ${curedBy(check)} |`,
  );
  const head = ['| check | at worst | what and why | repair |', '| --- | --- | --- | --- |'];
  return [`**${heading}**`, '', ...head, ...lines].join('\n');
}

/** What dblock does about a finding: repairs it, or prints commands, or advice where no command would do. */
function curedBy({ repair, guide }) {
  if (repair) return `\`fix\`, ${repair.safety === 'either' ? 'safe or by id' : repair.safety}`;
  const acts = guide.now.commands.some(
    (command) => !/^(ps|ls|find|df|lsof|dblock|PRAGMA|BEGIN) ?/i.test(command),
  );
  return acts ? 'commands' : 'advice';
}

function repairTable() {
  const lines = [...checks, { repair: ORPHANS }].flatMap(({ repair }) =>
    repair
      ? [
          `| \`${repair.ids.join('`, `')}\` | ${repair.safety === 'either' ? 'safe or by id' : repair.safety} | ${repair.summary.replaceAll('|', '\\|')} |`,
        ]
      : [],
  );
  return ['| repair | | what it does |', '| --- | --- | --- |', ...lines].join('\n');
}

function errorTable() {
  const lines = errorRows().map(
    ({ number, name, message, when, soon }) =>
      `| ${number} | \`${name}\` | ${message} | ${when.replaceAll('|', '\\|')} | ${soon} |`,
  );
  return [
    '| code | name | the log says | when | how soon |',
    '| ---: | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

const PROVEN = {
  tested: ({ versions, note }) => `a test: ${versions}. ${note}`,
  'by-hand': ({ versions, note }) => `not run here; the same test passed once, by hand: ${versions}. ${note}`,
  'not-run': ({ note }) => `not run here. ${note}`,
};

function recipeTable() {
  const lines = recipes.map(({ id, title, holdsFrom, proof }) =>
    `| \`${id}\` | ${title} | ${holdsFrom} | ${PROVEN[proof.kind](proof).trim()} |`.replaceAll(' . ', '. '),
  );
  return ['| recipe | for | from | proven by |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function scenarioTable() {
  const lines = scenarios.map(({ id, title, incident }) => {
    const name = id in INCIDENTS ? `[\`${id}\`](docs/incidents/${id}.md)` : `\`${id}\``;
    return `| ${name} | ${title} | ${(incident ?? '').replaceAll('|', '\\|')} |`;
  });
  return ['| scenario | what happens | seen in |', '| --- | --- | --- |', ...lines].join('\n');
}

function remedyTable() {
  const lines = remedies.map(({ id, title, parameter, expected }) => {
    const name = parameter === null ? id : `${id}(${parameter.usual})`;
    return `| \`${name}\` | ${title} | ${expected ?? ''} |`.replaceAll(' |  |', ' | |');
  });
  return [
    '| remedy | what it changes | expected by those who proposed it |',
    '| --- | --- | --- |',
    ...lines,
  ].join('\n');
}

function help(command) {
  const env = { ...process.env, COLUMNS: '100', NO_COLOR: '1' };
  const text = execFileSync(process.execPath, [DBLOCK, command, '--help'], { encoding: 'utf8', env });
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}

function regenerate(text) {
  return text.replace(/<!-- generated: (.+?) -->\n[\s\S]*?<!-- end -->/g, (_, name) => {
    if (!parts[name]) throw new Error(`README.md asks for the unknown part "${name}"`);
    return `<!-- generated: ${name} -->\n${parts[name]()}\n<!-- end -->`;
  });
}

/** All but the parts of a latency, which are named once for all. */
function unnamedMetrics(text) {
  const names = metrics
    .map(({ name }) => name)
    .filter((name) => !/^(wait|hold|total|commit|read)\./.test(name));
  return names.filter((name) => !text.includes(`\`${name}\``));
}

const present = readFileSync(README, 'utf8');
for (const name of unnamedMetrics(present)) {
  console.error(`README.md does not name the metric ${name}`);
  process.exitCode = 1;
}
const wanted = regenerate(present);
if (!process.argv.includes('--check')) {
  writeFileSync(README, wanted);
} else if (present !== wanted) {
  console.error('README.md is stale: run npm run docs and commit the result.');
  process.exitCode = 1;
}
