/** Evidence as a file: what it leaves out, what it keeps, and what is not one. */
import { writeFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { formatEvidenceFile, parseEvidenceFile } from '../../src/commands/evidence-file.js';
import { checks } from '../../src/doctor/checks/index.js';
import { examine } from '../../src/doctor/examine.js';
import { UsageProblem } from '../../src/problem.js';
import { evidenceJsonSchema } from '../../src/report/shapes.js';
import { runDblock } from '../support/dblock.js';
import { attachedProcess, evidence, healthyEvidence, walSample } from '../support/evidence.js';
import { openStage } from '../support/stage.js';

const SECRET = ['/usr/bin/python3', 'worker.py', '--password=hunter2'];
const processes = [
  attachedProcess(4121, { command: { known: true, value: SECRET } }),
  attachedProcess(4122, { command: { known: true, value: ['other-title'] }, parentPid: 4121 }),
];
const examined = [{ path: '/data/app.db', given: 'app.db', evidence: healthyEvidence({ processes }) }];
const save = (includeProcesses: boolean) =>
  formatEvidenceFile(examined, { version: '0.1.0', includeProcesses });

describe('formatEvidenceFile', () => {
  it('leaves command lines and user names out unless asked for them', () => {
    expect(save(false)).not.toMatch(/hunter2|worker\.py|other-title|"app"/);
    expect(save(true)).toMatch(/hunter2/);
  });

  it('keeps which program it was, and that two command lines differ', async () => {
    const [saved] = await parseEvidenceFile(save(false), 'file');
    const commands = saved?.evidence.processes.map(({ command }) => (command.known ? command.value : null));
    expect(commands).toEqual([
      ['python3', '(arguments left out, 1)'],
      ['python3', '(arguments left out, 2)'],
    ]);
  });

  it('is what its JSON Schema says', () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const validate = ajv.compile(evidenceJsonSchema());
    expect(validate(JSON.parse(save(false))), JSON.stringify(validate.errors)).toBe(true);
  });
});

describe('parseEvidenceFile', () => {
  it('gives back what was saved', async () => {
    expect(await parseEvidenceFile(save(true), 'file')).toEqual(examined);
  });

  it('leads to the same outcomes', async () => {
    const sample = walSample();
    const original = evidence(sample, sample, { processes });
    const text = formatEvidenceFile([{ path: '/data/app.db', given: 'app.db', evidence: original }], {
      version: '0.1.0',
      includeProcesses: true,
    });
    const [saved] = await parseEvidenceFile(text, 'file');
    if (!saved) throw new Error('nothing was read');
    expect(examine({ evidence: saved.evidence, siblings: [] }, checks)).toEqual(
      examine({ evidence: original, siblings: [] }, checks),
    );
  });

  const broken = (change: (file: Record<string, unknown>) => void) => {
    const file: Record<string, unknown> = JSON.parse(save(true));
    change(file);
    return JSON.stringify(file);
  };

  it.each<[string, string, RegExp]>([
    ['a file that was cut off', save(true).slice(0, 500), /not JSON, or was cut off/],
    ['an empty file', '', /not JSON, or was cut off/],
    ['JSON of another kind', '{"name":"package"}', /not an evidence file/],
    ['a number', '42', /not an evidence file/],
    ['null', 'null', /not an evidence file/],
    ['a report', '{"schema":"dblock.report/1"}', /not an evidence file/],
    [
      'a newer version',
      broken((file) => Object.assign(file, { schema: 'dblock.evidence-file/2' })),
      /or a newer one/,
    ],
    [
      'a field of the wrong type',
      broken((file) => Object.assign(file, { databases: [{ given: 1 }] })),
      /databases\.0\.given/,
    ],
    [
      'a field that is not ours',
      broken((file) => Object.assign(file, { extra: true })),
      /not valid evidence/,
    ],
    [
      'a time that is no date',
      save(true).replace(/"at_ms": \d+/, '"at_ms": 1e300'),
      /"databases\.0\.evidence\.samples\.0\.at_ms": Too big/,
    ],
    ['no database at all', broken((file) => Object.assign(file, { databases: [] })), /not valid evidence/],
    [
      'a nest without end',
      `{"schema":"dblock.evidence-file/1","databases":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
      /not an evidence file|not valid/,
    ],
    [
      'a forged prototype',
      save(true).replace('"tool"', '"__proto__": {"databases": []}, "tool"'),
      /not valid evidence/,
    ],
  ])('refuses %s', async (_, text, says) => {
    const refusal = await parseEvidenceFile(text, 'evidence.json').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(UsageProblem);
    expect(refusal).toMatchObject({ message: expect.stringMatching(says) });
    expect(refusal).toMatchObject({ message: expect.stringContaining('"evidence.json"') });
  });
});

describe('doctor --evidence and --from', () => {
  it.each<[string, string[], RegExp]>([
    ['a database beside --from', ['app.db', '--from', 'evidence.json'], /leave the database out/],
    ['--deep beside --from', ['--deep', '--from', 'evidence.json'], /--deep needs the database itself/],
    ['--include-processes alone', ['app.db', '--include-processes'], /--evidence FILE/],
    ['a report in the same file', ['app.db', '--evidence', 'x', '--output', 'x'], /would both go to "x"/],
    ['standard output', ['app.db', '--evidence', '-'], /name a file/],
    ['a folder that is not there', ['app.db', '--evidence', 'no/x'], /"no\/x"/],
    ['a folder', ['--from', '.'], /is a folder/],
    ['no file', ['--from', 'nope.json'], /nope\.json/],
  ])('refuse %s', async (_, args, says) => {
    await using stage = await openStage();
    await writeFile(stage.path('evidence.json'), save(true));
    const run = await runDblock(['doctor', ...args], { cwd: stage.folder });
    expect(run.status).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(says);
  });

  it('does not write over the database', async () => {
    await using stage = await openStage();
    const actor = await stage.actor('node');
    await (await actor.open(stage.path('app.db'))).exec('CREATE TABLE t(x)');
    const run = await runDblock(['doctor', 'app.db', '--evidence', 'app.db-journal'], { cwd: stage.folder });
    expect(run).toMatchObject({ status: 2, stderr: expect.stringMatching(/where SQLite keeps data/) });
  });

  it('reads standard input', async () => {
    await using stage = await openStage();
    const run = await runDblock(['doctor', '--from', '-'], { cwd: stage.folder, stdin: save(false) });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('/data/app.db');
  });
});
