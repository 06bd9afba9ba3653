/**
 * Joins what tsc compiled, and the packages it uses, into few CommonJS files in dist/bundle. Node.js spends longer on
 * finding 250 small ES modules than dblock does on a diagnosis; `npm run bench` shows the difference. What a command
 * loads only when it runs stays in files of its own, and so do the programs that dblock starts as processes.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const OUT = 'dist/bundle';

/** All of better-sqlite3 12 that is installed beside dblock: its 14 modules are in the bundle. See src/sqlite/driver.ts. */
const SQLITE_BINARY = 'better-sqlite3/build/Release/better_sqlite3.node';
refuseOtherBinary();

/** `…-process.js` is started from beside the module that starts it. */
const programs = readdirSync('dist', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('-process.js') && !name.startsWith('bundle'))
  .map((name) => [basename(name, '.js'), `./dist/${name}`]);

/** What packages load and dblock never uses: milliseconds of every run. */
const LATER = [
  // with node:net behind it, to run subcommands that are programs: dblock has none
  {
    module: 'commander/lib/command.js',
    eager: "const childProcess = require('node:child_process');",
    lazy: "const childProcess = { get spawn() { return require('node:child_process').spawn; } };",
  },
  // to search thirteen places for the file that npm's install script puts into the first that counts
  {
    module: 'better-sqlite3/lib/database.js',
    eager: "require('bindings')('better_sqlite3.node')",
    lazy: `require('${SQLITE_BINARY}')`,
  },
];

const loadLater = {
  name: 'load-later',
  transform(code, id) {
    const found = LATER.find(({ module }) => id.endsWith(module));
    if (!found) return null;
    if (!code.includes(found.eager))
      throw new Error(`${found.module} loads its modules in another way now: see scripts/bundle.mjs`);
    return code.replace(found.eager, found.lazy);
  },
};

const require = createRequire(import.meta.url);
const PAGE = 'src/report/formats/html';
/** Read into the page of `--format html`, so not among the modules of the bundle. */
const INLINED_PACKAGES = ['uplot'];

/** What `--format html` puts into its page becomes part of the program: in the package there are no such files. */
const inlinedPageAssets = {
  name: 'inlined-page-assets',
  transform(code, id) {
    if (!id.endsWith('html/assets.js')) return null;
    const inlined = code.replace(/(?<=: )textOf\('([^']+)'\)/g, (_, file) => {
      const path = file.startsWith('./') ? join(PAGE, file) : require.resolve(file);
      return JSON.stringify(readFileSync(path, 'utf8'));
    });
    if (inlined === code)
      throw new Error('html/assets.ts names its files in another way now: see scripts/bundle.mjs');
    return inlined;
  },
};

/** What `dblock doctor` loads whenever it runs, much of it by import(): one large file is loaded sooner than twenty. */
const DOCTOR = [
  'cli',
  'commands/doctor',
  'locks/linux',
  'locks/describe',
  'locks/lock-probe',
  'report/formats/table/doctor',
].map((name) => resolve('dist', `${name}.js`));

let doctorModules;
function groupOf(id, context) {
  doctorModules ??= withImports(DOCTOR, context);
  return doctorModules.has(id) ? 'doctor' : null;
}

function withImports(ids, context) {
  const found = new Set(ids);
  for (const id of found) {
    for (const imported of context.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  }
  return found;
}

/** @param chunks how the files are called that several entries share */
async function build(input, chunks, codeSplitting) {
  const bundle = await rolldown({
    input,
    platform: 'node',
    external: [/^node:/, SQLITE_BINARY, 'better-sqlite3-napi'],
    preserveEntrySignatures: 'allow-extension',
    plugins: [loadLater, inlinedPageAssets],
  });
  const { output } = await bundle.write({
    dir: OUT,
    format: 'cjs',
    entryFileNames: '[name].js',
    chunkFileNames: chunks,
    dynamicImportInCjs: false,
    codeSplitting,
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  });
  return output;
}

const output = [
  ...(await build({ cli: './dist/cli.js' }, '[name].js', {
    includeDependenciesRecursively: false,
    groups: [{ name: groupOf, debugName: 'doctor' }],
  })),
  // apart, so that no actor loads what only the commands need: that is half of its start
  ...(await build(Object.fromEntries(programs), 'process-[name].js')),
];
refuseSameNames(output.map(({ fileName }) => fileName));
writeFileSync(join(OUT, 'package.json'), '{ "type": "commonjs" }\n');
writeFileSync(join(OUT, 'THIRD-PARTY-LICENSES.txt'), licences(output));

/** The binary and the modules that call it belong to one version. */
function refuseOtherBinary() {
  const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
  const bundled = read('node_modules/better-sqlite3/package.json').version;
  const asked = read('package.json').dependencies['better-sqlite3'];
  if (asked !== bundled)
    throw new Error(`package.json must ask for better-sqlite3 ${bundled}, as bundled, not ${asked}`);
}

/** One build would have written over the other. */
function refuseSameNames(names) {
  const twice = names.filter((name, nth) => names.indexOf(name) < nth);
  if (twice.length > 0) throw new Error(`two chunks are called ${twice.join(', ')}`);
}

/** The licence of every package of which something went into the bundle, as most of them ask for. */
function licences(chunks) {
  const modules = chunks.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
  const folders = modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []);
  const inlined = INLINED_PACKAGES.map((name) => dirname(require.resolve(`${name}/package.json`)));
  return [...new Set([...folders, ...inlined])]
    .sort()
    .map(licenceOf)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file || !existsSync(join(folder, file)))
    throw new Error(`${name} has no licence file: it cannot be bundled`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
