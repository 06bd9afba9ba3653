/** The formats. Each is loaded when it is asked for: colour and tables cost more to load than JSON to print. */
import type { Command } from '../report.js';
import type { Format } from './format.js';

export const formats = {
  table: {
    doctor: () => import('./table/doctor.js'),
    locks: () => import('./table/locks.js'),
    checkpoint: () => import('./table/checkpoint.js'),
    'requeue-orphans': () => import('./table/requeue-orphans.js'),
    stress: () => import('./table/stress.js'),
    fix: () => import('./table/fix.js'),
  },
  json: {
    doctor: () => import('./json.js'),
    locks: () => import('./json.js'),
    checkpoint: () => import('./json.js'),
    'requeue-orphans': () => import('./json.js'),
    stress: () => import('./json.js'),
    fix: () => import('./json.js'),
  },
  ndjson: {
    doctor: () => import('./ndjson.js'),
    locks: () => import('./ndjson.js'),
    checkpoint: () => import('./ndjson.js'),
    fix: () => import('./ndjson.js'),
    'requeue-orphans': () => import('./ndjson.js'),
    stress: () => import('./ndjson-stress.js'),
  },
  // The others report findings; `locks` judges nothing, and `checkpoint` says what it did.
  markdown: {
    doctor: () => import('./markdown/render.js'),
    stress: () => import('./markdown/stress.js'),
    fix: () => import('./markdown/fix.js'),
    'requeue-orphans': () => import('./markdown/requeue-orphans.js'),
  },
  junit: {
    doctor: () => import('./junit.js'),
    'requeue-orphans': () => import('./junit-requeue.js'),
    stress: () => import('./junit-stress.js'),
  },
  sarif: { doctor: () => import('./sarif/render.js') },
  github: {
    doctor: () => import('./github.js'),
    'requeue-orphans': () => import('./github-requeue.js'),
    stress: () => import('./github-stress.js'),
  },
  html: { stress: () => import('./html/stress.js') },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

export const formatNames = Object.keys(formats).filter(isFormatName);

export function isFormatName(name: string): name is FormatName {
  return Object.hasOwn(formats, name);
}

/** Formats whose envelope names dblock's own SQLite. */
const SHOW_SQLITE_VERSION: readonly FormatName[] = ['json', 'ndjson'];

export function showsSqliteVersion(format: FormatName): boolean {
  return SHOW_SQLITE_VERSION.includes(format);
}

/** The formats that a command can produce; what is not among them is a usage error that lists these. */
export function formatsFor(command: Command): FormatName[] {
  return formatNames.filter((name) => Object.hasOwn(formats[name], command));
}
