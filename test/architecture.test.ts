import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../src');

/** From the edge to the core: a file may import from its own layer or a later one (design.md, "Layout"). */
const LAYERS: readonly (readonly string[])[] = [
  ['cli.ts', 'cli'],
  [
    'commands',
    'config.ts',
    'config.schema.ts',
    'targets.ts',
    'targets',
    'nearest.ts',
    'problem.ts',
    'json-text.ts',
  ],
  ['report'],
  ['explain'],
  ['doctor', 'stress', 'recipes'],
  ['locks', 'checkpoint', 'queue'],
  ['sqlite'],
  ['units.ts', 'known.ts'],
];

/** Which packages a folder may load. `better-sqlite3` anywhere else could end up holding a connection unseen. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  commander: ['cli.ts', 'cli', 'commands'],
  picocolors: ['report'],
  'cli-table3': ['report'],
  'better-sqlite3': ['sqlite'],
  'hdr-histogram-js': ['stress'],
  ora: ['report'],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

function sourceFiles(): string[] {
  // What lies in recipes/code is printed, not run.
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.startsWith('recipes/code/'),
  );
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const statics = [...text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gms)];
  const dynamics = [...text.matchAll(/\bimport\('([^']+)'\)/g)];
  const resolve = (to: string) =>
    to.startsWith('.') ? relative(SRC, join(SRC, dirname(file), to)).replace(/\.js$/, '.ts') : to;
  return [
    ...statics.map(([, type, to = '']) => ({
      from: file,
      to: resolve(to),
      typeOnly: type !== undefined,
      dynamic: false,
    })),
    ...dynamics.map(([, to = '']) => ({ from: file, to: resolve(to), typeOnly: false, dynamic: true })),
  ];
}

const top = (path: string) => path.split('/')[0] ?? path;
const layerOf = (path: string) => LAYERS.findIndex((layer) => layer.includes(top(path)));
const all = sourceFiles().flatMap(importsOf);
const internal = all.filter(({ to }) => to.endsWith('.ts'));
const external = all.filter(({ to }) => !to.endsWith('.ts') && !to.startsWith('node:'));

describe('architecture', () => {
  it('finds the imports it judges', () => {
    expect(internal.length).toBeGreaterThan(50);
    expect(external.map(({ to }) => to)).toContain('commander');
  });

  it('imports run one way: cli → commands → report → explain → doctor → locks → sqlite → units', () => {
    const upward = internal.filter(({ from, to }) => layerOf(from) > layerOf(to) && layerOf(to) >= 0);
    expect(upward).toEqual([]);
  });

  it.each([[['doctor', 'stress', 'recipes']], [['locks', 'checkpoint', 'queue']]])(
    '%j do not know each other',
    (siblings) => {
      const across = internal.filter(
        ({ from, to }) => siblings.includes(top(from)) && siblings.includes(top(to)) && top(from) !== top(to),
      );
      expect(across).toEqual([]);
    },
  );

  it('every file of src belongs to a layer', () => {
    expect(sourceFiles().filter((file) => layerOf(file) < 0)).toEqual([]);
  });

  it('report knows the types of the core, not its code', () => {
    const code = internal.filter(
      ({ from, to, typeOnly }) =>
        top(from) === 'report' &&
        ['explain', 'doctor', 'stress', 'recipes', 'locks', 'checkpoint', 'queue', 'sqlite'].includes(
          top(to),
        ) &&
        !typeOnly,
    );
    expect(code.filter(({ from }) => from !== 'report/shapes.ts')).toEqual([]);
  });

  it('shapes, and with them zod, are loaded only to validate', () => {
    const loading = internal.filter(
      ({ to, from, typeOnly, dynamic }) =>
        /shapes\.ts$/.test(to) && !/shapes\.ts$/.test(from) && !typeOnly && !dynamic,
    );
    expect(loading).toEqual([]);
    const zod = external.filter(({ to, from }) => to === 'zod' && !/(shapes|config\.schema)\.ts$/.test(from));
    expect(zod).toEqual([]);
  });

  it.each(Object.entries(PACKAGES))('%s is loaded by %j only', (name, places) => {
    const users = external.filter(
      ({ to, typeOnly }) => (to === name || to.startsWith(`${name}/`)) && !typeOnly,
    );
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter(({ from }) => !places.includes(top(from)))).toEqual([]);
  });

  it('better-sqlite3 is loaded when it is needed, not when a module is, and in the one place that chooses it', () => {
    const loading = external.filter(({ to, typeOnly }) => to.startsWith('better-sqlite3') && !typeOnly);
    expect(loading.filter(({ dynamic }) => !dynamic)).toEqual([]);
    expect(new Set(loading.map(({ from }) => from))).toEqual(new Set(['sqlite/driver.ts']));
  });

  it('scenarios load no package, since explain loads their texts', () => {
    const loaded = new Set(['stress/scenarios/index.ts']);
    for (const file of loaded) {
      for (const { to } of internal.filter(({ from, typeOnly }) => from === file && !typeOnly))
        loaded.add(to);
    }
    expect(loaded.size).toBeGreaterThan(10);
    expect(
      all.filter(({ from, to, typeOnly }) => loaded.has(from) && !typeOnly && !to.endsWith('.ts')),
    ).toEqual([]);
  });

  it('nothing below commands prints, exits or looks at the environment', () => {
    const offenders = sourceFiles()
      .filter((file) => layerOf(file) >= layerOf('report'))
      .filter((file) =>
        /\bprocess\.(exit|stdout|stderr|env|argv)|\bconsole\./.test(readFileSync(join(SRC, file), 'utf8')),
      );
    expect(offenders).toEqual([]);
  });

  it('checks and parsers are pure: no clock', () => {
    const offenders = sourceFiles()
      .filter((file) => top(file) === 'doctor')
      .filter((file) => /Date\.now|new Date\(\)|performance\./.test(readFileSync(join(SRC, file), 'utf8')));
    expect(offenders).toEqual([]);
  });
});
