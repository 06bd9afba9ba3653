/** Finding and reading the configuration. Its keys and values: config.schema.ts. */
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { ConfigDocument, QueueDocument } from './config.schema.js';
import { parseJson } from './json-text.js';
import { escapeInvisible, quote, UsageProblem } from './problem.js';
import { errorCode, whyUnreachable } from './targets/unreachable.js';
import { formatBytes } from './units.js';

export type FailOn = NonNullable<ConfigDocument['fail_on']>;

export interface Muted {
  readonly check: string;
  readonly reason: string;
}

/** Settings of the application's connections, as its owner declared them; `null` = not said. */
export interface DeclaredConnections {
  readonly busyTimeoutMs: number | null;
  readonly begin: 'deferred' | 'immediate' | 'exclusive' | null;
  readonly synchronous: 'off' | 'normal' | 'full' | 'extra' | null;
  readonly autocheckpointPages: number | null;
  readonly persistent: boolean | null;
}

/** What the configuration says; `null` and empty lists where it says nothing. */
export interface Config {
  /** `null`: there is none. */
  readonly file: ConfigFile | null;
  /** Paths and globs, relative to the folder of the file. */
  readonly databases: readonly string[];
  readonly failOn: FailOn | null;
  readonly workers: number | null;
  readonly mute: readonly Muted[];
  readonly connections: DeclaredConnections;
  /** What `dblock stress` holds a run to, as `--threshold` has them. */
  readonly thresholds: readonly string[];
  /** Tables of one's own that are job queues. */
  readonly queues: readonly QueueDocument[];
}

export interface ConfigFile {
  readonly path: string;
  /** As messages call it: relative to the working directory where it lies below that. */
  readonly name: string;
}

export interface ConfigSource {
  readonly cwd: string;
  /** `--config`; `null` = search upwards from the working directory. */
  readonly file: string | null;
  /** The ids that `mute` may name. */
  readonly checkIds: readonly string[];
}

/**
 * Reads `--config`, or the nearest `dblock.config.json` or `dblock` key of a package.json, from the working
 * directory upwards; in one folder dblock.config.json comes first. zod is loaded only if there is one.
 * @throws UsageProblem with file, place and the nearest known name
 */
export async function loadConfig(source: ConfigSource): Promise<Config> {
  const found = source.file === null ? search(source.cwd) : readGiven(source.cwd, source.file);
  if (found === null) return toConfig({}, null);
  const { validateConfig } = await import('./config.schema.js');
  const { file, rootKey, content } = found;
  const context = { fileName: file.name, rootKey, checkIds: source.checkIds };
  return toConfig(validateConfig(content, context), file);
}

/** The configuration of someone who has none. */
export function emptyConfig(): Config {
  return toConfig({}, null);
}

/** A configuration that was found, and not yet validated. */
interface Found {
  readonly file: ConfigFile;
  readonly rootKey: typeof PACKAGE_KEY | null;
  readonly content: unknown;
}

const CONFIG_NAME = 'dblock.config.json';
const PACKAGE_NAME = 'package.json';
const PACKAGE_KEY = 'dblock';

function readGiven(cwd: string, given: string): Found {
  const path = resolve(cwd, given);
  const text = readText(path, given);
  const found = parseFile(nameFile(cwd, path), text);
  if (found === null) throw new UsageProblem(`${quote(given)} has no key ${quote(PACKAGE_KEY)}.`);
  return found;
}

function readText(path: string, given: string): string {
  if (given === '') throw new UsageProblem('--config needs the path of a file.');
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'EISDIR') {
      throw new UsageProblem(`--config needs a file, and ${quote(given)} is a folder.`, { cause: error });
    }
    throw new UsageProblem(`--config: ${whyUnreachable(path, given, error)}`, { cause: error });
  }
}

/** The nearest one, in this folder or above it. */
function search(cwd: string): Found | null {
  for (let folder = resolve(cwd), above = dirname(folder); ; [folder, above] = [above, dirname(above)]) {
    const found = readIfThere(cwd, join(folder, CONFIG_NAME)) ?? readIfThere(cwd, join(folder, PACKAGE_NAME));
    if (found !== null || folder === above) return found;
  }
}

/** Somebody else's package.json that we may not read is no reason to refuse work; our own file is. */
function readIfThere(cwd: string, path: string): Found | null {
  const file = nameFile(cwd, path);
  try {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return null;
    return parseFile(file, readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof UsageProblem) throw error;
    if (basename(path) === PACKAGE_NAME) return null;
    throw new UsageProblem(whyUnreachable(path, file.name, error), { cause: error });
  }
}

/** A hundred times what one with ten databases needs. */
const LARGEST_CONFIG = 2 ** 18;

/** `null`: a package.json without our key. One that does not mention us is not even parsed. */
function parseFile(file: ConfigFile, text: string): Found | null {
  if (text.length > LARGEST_CONFIG) return refuseLarge(file, text);
  if (basename(file.path) !== PACKAGE_NAME) {
    return { file, rootKey: null, content: parseJson(text, file.name) };
  }
  if (!text.includes(`"${PACKAGE_KEY}"`)) return null;
  const content = ownValue(parseJson(text, file.name), PACKAGE_KEY);
  return content === undefined ? null : { file, rootKey: PACKAGE_KEY, content };
}

function refuseLarge(file: ConfigFile, text: string): null {
  if (basename(file.path) === PACKAGE_NAME && !text.includes(`"${PACKAGE_KEY}"`)) return null;
  throw new UsageProblem(
    `${file.name} has ${formatBytes(text.length)}, and a configuration has at most ${formatBytes(LARGEST_CONFIG)}.`,
  );
}

function ownValue(document: unknown, key: string): unknown {
  if (typeof document !== 'object' || document === null || !Object.hasOwn(document, key)) return undefined;
  return Object.entries(document).find(([name]) => name === key)?.[1];
}

function nameFile(cwd: string, path: string): ConfigFile {
  const below = relative(cwd, path);
  const name = below.startsWith('..') || isAbsolute(below) ? path : below;
  return { path, name: escapeInvisible(name) };
}

function toConfig(document: ConfigDocument, file: ConfigFile | null): Config {
  const connections = document.connections ?? {};
  return {
    file,
    databases: document.databases ?? [],
    failOn: document.fail_on ?? null,
    workers: document.workers ?? null,
    mute: document.mute ?? [],
    queues: document.queues ?? [],
    connections: {
      busyTimeoutMs: connections.busy_timeout_ms ?? null,
      begin: connections.begin ?? null,
      synchronous: connections.synchronous ?? null,
      autocheckpointPages: connections.autocheckpoint_pages ?? null,
      persistent: connections.persistent ?? null,
    },
    thresholds: document.thresholds ?? [],
  };
}
