/**
 * `npm run demo`: three real processes get a database into trouble, dblock says what is wrong, the trouble is
 * ended by dblock's own remedies, and a second diagnosis proves it. Exits 0 if every diagnosis was the expected one.
 */
import { fork, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ACTOR = fileURLToPath(new URL('./demo-actor.mjs', import.meta.url));
const DBLOCK = fileURLToPath(new URL('../bin/dblock.js', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'dblock-demo-'));
const database = join(folder, 'app.db');
const actors = [];

/** One process with one connection. Resolves requests in the order in which they were sent. */
function startActor(role) {
  const child = fork(ACTOR, [role, database]);
  const actor = {
    pid: child.pid,
    child,
    ask: (request) =>
      new Promise((resolve, reject) => {
        child.once('message', resolve);
        child.once('exit', (code) => reject(new Error(`the ${role} ended with ${code}`)));
        child.send(request);
      }),
  };
  actors.push(actor);
  return actor;
}

/** The state letter of a process, from proc(5). */
function stateOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2)[0];
}

/** A signal is delivered when the kernel gets to it: look until it has been. */
async function signalUntil(pid, signal, wanted) {
  process.kill(pid, signal);
  while (!wanted.includes(stateOf(pid))) await new Promise(setImmediate);
}

function say(text) {
  process.stdout.write(`\n${text}\n`);
}

function dblock(...args) {
  return spawnSync(process.execPath, [DBLOCK, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
}

function diagnose() {
  process.stdout.write(`\n$ dblock doctor app.db\n${dblock('doctor', 'app.db').stdout}`);
  const report = JSON.parse(dblock('doctor', 'app.db', '--format', 'json').stdout);
  const found = report.databases[0].outcomes.filter(({ outcome }) => outcome === 'found');
  return {
    verdict: report.verdict,
    exitCode: report.exit_code,
    found: new Map(found.map((finding) => [finding.id, finding])),
  };
}

const failures = [];

function expect(truth, claim) {
  if (!truth) failures.push(claim);
}

function names(finding, pid) {
  return (
    finding !== undefined &&
    new RegExp(`\\b${pid}\\b`).test(`${finding.summary} ${finding.remedy.commands.join(' ')}`)
  );
}

async function trouble() {
  const reader = startActor('reader');
  const writer = startActor('writer');
  const customer = startActor('customer');
  await writer.ask('create');
  await reader.ask('begin-reading');
  await writer.ask('commit-many');
  await writer.ask('begin-writing');
  await signalUntil(writer.pid, 'SIGSTOP', 'T');
  const { error, waitedMs } = await customer.ask('write');
  say(`The log of the application: ${error} (after ${waitedMs} ms)`);
  return { reader, writer, customer };
}

async function demonstrate() {
  const { reader, writer, customer } = await trouble();
  const first = diagnose();
  expect(first.verdict === 'critical' && first.exitCode === 1, 'the first verdict is critical, exit code 1');
  expect(
    names(first.found.get('stopped-lock-holder'), writer.pid),
    `stopped-lock-holder names pid ${writer.pid}`,
  );
  expect(names(first.found.get('write-lock-held'), writer.pid), `write-lock-held names pid ${writer.pid}`);
  expect(names(first.found.get('reader-pins-wal'), reader.pid), `reader-pins-wal names pid ${reader.pid}`);

  say('As dblock says: the writer goes on, and the reader ends its transaction.');
  await signalUntil(writer.pid, 'SIGCONT', 'RSD');
  await writer.ask('commit');
  await reader.ask('end-reading');
  const { error } = await customer.ask('write');
  expect(error === null, 'the application can write again');
  const second = diagnose();
  expect(second.verdict === 'ok' && second.exitCode === 0, 'the second verdict is ok, exit code 0');
}

async function cleanUp() {
  await Promise.all(
    actors.map(
      ({ child }) =>
        new Promise((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve();
          child.once('exit', resolve);
          child.kill('SIGKILL');
        }),
    ),
  );
  rmSync(folder, { recursive: true, force: true });
}

if (process.platform !== 'linux') {
  say('This demo needs Linux: on other systems dblock cannot see who holds a lock.');
} else {
  try {
    await demonstrate();
  } finally {
    await cleanUp();
  }
  for (const failure of failures) say(`NOT AS EXPECTED: ${failure}`);
  if (failures.length === 0) say('Both diagnoses were the expected ones.');
  process.exitCode = failures.length === 0 ? 0 : 1;
}
