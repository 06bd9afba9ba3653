/** Which packages a project's manifests name. Pure: text in, names out. */
import type { Ecosystem } from './recipe.js';

export interface Manifest {
  readonly ecosystem: Ecosystem;
  /** Names of packages, or parts of import paths, in lower case. @throws SyntaxError if the text is not of its form */
  names(text: string): string[];
}

/** The manifests of a project's folder, by file name. */
export const manifests: Readonly<Record<string, Manifest>> = {
  'package.json': { ecosystem: 'npm', names: npmNames },
  'requirements.txt': { ecosystem: 'pypi', names: requirementNames },
  'requirements.in': { ecosystem: 'pypi', names: requirementNames },
  'pyproject.toml': { ecosystem: 'pypi', names: quotedOrKeyNames },
  Pipfile: { ecosystem: 'pypi', names: quotedOrKeyNames },
  'poetry.lock': { ecosystem: 'pypi', names: lockedNames },
  'uv.lock': { ecosystem: 'pypi', names: lockedNames },
  'setup.cfg': { ecosystem: 'pypi', names: requirementNames },
  'manage.py': { ecosystem: 'pypi', names: importedNames },
  Gemfile: { ecosystem: 'rubygems', names: gemNames },
  'composer.json': { ecosystem: 'packagist', names: composerNames },
  'go.mod': { ecosystem: 'go', names: goNames },
  'Cargo.toml': { ecosystem: 'crates', names: quotedOrKeyNames },
};

function npmNames(text: string): string[] {
  return dependencyKeys(text, [
    'dependencies',
    'devDependencies',
    'optionalDependencies',
    'peerDependencies',
  ]);
}

function composerNames(text: string): string[] {
  return dependencyKeys(text, ['require', 'require-dev']);
}

function dependencyKeys(text: string, fields: readonly string[]): string[] {
  const root: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
  if (!isRecord(root)) return [];
  return fields.flatMap((field) => {
    const value = root[field];
    return isRecord(value) ? Object.keys(value).map((name) => name.toLowerCase()) : [];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** PEP 508: a name, extras in brackets, a version. A name in brackets counts too: sqlalchemy[aiosqlite]. */
const REQUIREMENT = /^([a-z0-9][a-z0-9._-]*)\s*(?:\[([^\]]*)\])?/i;

function requirementNames(text: string): string[] {
  return lines(text).flatMap(requirement);
}

function requirement(line: string): string[] {
  const [, name, extras = ''] = REQUIREMENT.exec(line.trim()) ?? [];
  return name === undefined ? [] : [name, ...extras.split(',')].map(normal).filter(Boolean);
}

/** PEP 503: case and the kind of separator do not count. */
function normal(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[._-]+/g, '-');
}

/** TOML as far as it is needed: `name = …`, `[dependencies.name]`, and strings such as "Django>=5.1" in lists. */
function quotedOrKeyNames(text: string): string[] {
  return lines(text).flatMap((line) => {
    const key = /^\s*"?([A-Za-z0-9._-]+)"?\s*=/.exec(line)?.[1];
    const table = /^\s*\[[\w.-]*dependencies\.([A-Za-z0-9_-]+)\]/.exec(line)?.[1];
    const strings = [...line.matchAll(/["']([^"']+)["']/g)].flatMap(([, value = '']) => requirement(value));
    return [key, table]
      .filter((name) => name !== undefined)
      .map(normal)
      .concat(strings);
  });
}

function lockedNames(text: string): string[] {
  return [...text.matchAll(/^name = "([^"]+)"/gm)].map(([, name = '']) => normal(name));
}

function importedNames(text: string): string[] {
  return [...text.matchAll(/^\s*(?:from|import)\s+([a-z0-9_]+)/gim)].map(([, name = '']) => normal(name));
}

function gemNames(text: string): string[] {
  return [...text.matchAll(/^\s*gem\s*\(?\s*["']([^"']+)["']/gm)].map(([, name = '']) => name.toLowerCase());
}

function goNames(text: string): string[] {
  return [...text.matchAll(/^\s*(?:require\s+)?([a-z0-9.-]+\.[a-z]+\/[^\s]+)\s+v/gim)].map(([, path = '']) =>
    path.toLowerCase(),
  );
}

/** Without comments. */
function lines(text: string): string[] {
  return text.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, ''));
}
