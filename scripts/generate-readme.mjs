/**
 * Writes the parts of README.md that come from the code: `<!-- generated: NAME -->` … `<!-- end -->`.
 * With --check it writes nothing and fails if a part is stale.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checks } from '../dist/doctor/checks/index.js';
import { errorRows } from '../dist/explain/error-rows.js';

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
  'requeue-orphans --help': () => help('requeue-orphans'),
  'explain --help': () => help('explain'),
};

function checkTable(group, heading) {
  const rows = checks.filter((check) => check.group === group);
  const lines = rows.map(
    ({ id, severity, title, why }) => `| \`${id}\` | ${severity} | ${title}. ${why.replaceAll('|', '\\|')} |`,
  );
  return [`**${heading}**`, '', '| check | at worst | what and why |', '| --- | --- | --- |', ...lines].join(
    '\n',
  );
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

const present = readFileSync(README, 'utf8');
const wanted = regenerate(present);
if (!process.argv.includes('--check')) {
  writeFileSync(README, wanted);
} else if (present !== wanted) {
  console.error('README.md is stale: run npm run docs and commit the result.');
  process.exitCode = 1;
}
