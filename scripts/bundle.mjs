/**
 * Joins what tsc compiled, and the packages it uses, into few CommonJS files in dist/bundle. Node.js spends longer on
 * finding 250 small ES modules than dblock does on a diagnosis; `npm run bench` shows the difference. What a command
 * loads only when it runs stays in files of its own, and so do the programs that dblock starts as processes.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { rolldown } from 'rolldown';

const OUT = 'dist/bundle';

/** `…-process.js` is started from beside the module that starts it. */
const programs = readdirSync('dist', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('-process.js') && !name.startsWith('bundle'))
  .map((name) => [basename(name, '.js'), `./dist/${name}`]);

/** commander loads child_process, and with it node:net, only to run subcommands that are programs: dblock has none. */
const lazyChildProcess = {
  name: 'lazy-child-process',
  transform(code, id) {
    if (!id.endsWith('commander/lib/command.js')) return null;
    const eager = "const childProcess = require('node:child_process');";
    if (!code.includes(eager))
      throw new Error('commander loads child_process in another way now: see scripts/bundle.mjs');
    return code.replace(
      eager,
      "const childProcess = { get spawn() { return require('node:child_process').spawn; } };",
    );
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

const bundle = await rolldown({
  input: { cli: './dist/cli.js', ...Object.fromEntries(programs) },
  platform: 'node',
  external: [/^node:/, 'better-sqlite3'],
  plugins: [lazyChildProcess, inlinedPageAssets],
});
const { output } = await bundle.write({
  dir: OUT,
  format: 'cjs',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  dynamicImportInCjs: false,
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
});
writeFileSync(join(OUT, 'package.json'), '{ "type": "commonjs" }\n');
writeFileSync(join(OUT, 'THIRD-PARTY-LICENSES.txt'), licences(output));

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
