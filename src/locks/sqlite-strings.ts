import { compareSqliteVersions, parseSqliteVersion, type SqliteVersion } from '../sqlite/versions.js';

/** Which SQLite a file contains. */
export interface SqliteBuild {
  /** `3.40.1`; `null` where the file does not say it in one voice. */
  readonly version: string | null;
  /** Of sqlite_source_id(); `null` if the file contains the ids of several. */
  readonly sourceId: string | null;
}

interface Trace {
  readonly text: string;
  readonly at: number;
}

/** How far to look back from a match, and how far a match may reach: windows must overlap by their sum. */
export const LOOK_BEHIND = 8;
export const LOOK_AHEAD = 120;

/**
 * A message of SQLite's core (main.c, sqlite3ErrStr). The source id alone proves nothing: the `sqlite3` shell and
 * loadable extensions carry it too, and use the core of a shared library.
 */
const CORE_MESSAGE = Buffer.from('database disk image is malformed', 'latin1');
const YEARS = Buffer.from('20', 'latin1');
const MAJOR = Buffer.from('3.', 'latin1');
const FTS5 = 'fts5: ';

/** A check-in: time, then SHA3-256, SHA1 before 3.18.0; the last four digits are `alt1` if the source was edited. */
const SOURCE_ID = /^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d (?:[0-9a-f]{60}alt\d|[0-9a-f]{64}|[0-9a-f]{40})/;
const VERSION = /^(3\.\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)\0/;

const DASH = 0x2d;

/** Collects SQLite's strings from a file that is read window by window. */
export class SqliteStrings {
  readonly #sourceIds: Trace[] = [];
  readonly #versions: Trace[] = [];
  #core = false;

  /**
   * @param window bytes of the file that begin at `offset`
   * @param from first index at which a match of this window may start
   * @param to index after the last one
   */
  add(window: Buffer, offset: number, from = 0, to = window.length): void {
    this.#core ||= window.includes(CORE_MESSAGE);
    for (let at = window.indexOf(YEARS, from); at >= 0 && at < to; at = window.indexOf(YEARS, at + 1)) {
      if (window[at + 4] === DASH) this.#addSourceId(window, at, offset);
    }
    for (let at = window.indexOf(MAJOR, from); at >= 0 && at < to; at = window.indexOf(MAJOR, at + 1)) {
      if (at === 0 || !isPrintable(window[at - 1])) this.#addVersion(window, at, offset);
    }
  }

  #addSourceId(window: Buffer, at: number, offset: number): void {
    const text = SOURCE_ID.exec(window.toString('latin1', at, Math.min(at + LOOK_AHEAD, window.length)))?.[0];
    if (text === undefined) return;
    const behind = window.toString('latin1', Math.max(0, at - FTS5.length), at);
    this.#sourceIds.push({ text: behind === FTS5 ? FTS5 + text : text, at: offset + at });
  }

  #addVersion(window: Buffer, at: number, offset: number): void {
    const text = VERSION.exec(window.toString('latin1', at, Math.min(at + LOOK_AHEAD, window.length)))?.[1];
    if (text !== undefined) this.#versions.push({ text, at: offset + at });
  }

  /** `null`: no SQLite in this file. */
  conclude(): SqliteBuild | null {
    if (!this.#core) return null;
    const ids = mainSourceIds(this.#sourceIds);
    const [sourceId, ...others] = distinct(ids);
    if (sourceId === undefined) return null;
    if (others.length > 0) return { version: null, sourceId: null };
    return { sourceId, version: chooseVersion(this.#versions, ids, sourceId) };
  }
}

/** FTS5 prints the id it was built from, which an edited source leaves as it was; a linker may keep only that one. */
function mainSourceIds(traces: readonly Trace[]): Trace[] {
  const main = traces.filter(({ text }) => !text.startsWith(FTS5));
  if (main.length > 0) return main;
  return traces.map(({ text, at }) => ({ text: text.slice(FTS5.length), at }));
}

/**
 * gcc lays `sqlite3_version` and the source id side by side (14 bytes from start to start in better-sqlite3
 * and apsw), but in the program of Node 22 they are 19 MB apart: nearness only decides between several.
 */
const NEAR_BYTES = 64;

/** Other projects' versions look alike: OpenSSL 3.5.8, Python 3.12.1, apsw 3.53.4.0. */
function chooseVersion(versions: readonly Trace[], ids: readonly Trace[], sourceId: string): string | null {
  const possible = versions.filter(({ text }) => fits(text, sourceId));
  const near = possible.filter(({ at }) => ids.some((id) => Math.abs(id.at - at) <= NEAR_BYTES));
  return only(distinct(possible)) ?? only(distinct(near));
}

const FIRST_SOURCE_ID: SqliteVersion = [3, 6, 18, 0];
const FIRST_SHA3: SqliteVersion = [3, 18, 0, 0];
/** 3.9.0 began to count in three parts (sqlite.org/versionnumbers.html). */
const FIRST_OF_THREE_PARTS: SqliteVersion = [3, 9, 0, 0];

function fits(text: string, sourceId: string): boolean {
  const version = parseSqliteVersion(text);
  if (!version) return false;
  const isOlder = (other: SqliteVersion) => compareSqliteVersions(version, other) < 0;
  if (text.split('.').length > 3 && !isOlder(FIRST_OF_THREE_PARTS)) return false;
  const isSha3 = sourceId.length >= '2017-03-28 18:48:43 '.length + 64;
  return isSha3 ? !isOlder(FIRST_SHA3) : isOlder(FIRST_SHA3) && !isOlder(FIRST_SOURCE_ID);
}

function distinct(traces: readonly Trace[]): string[] {
  return [...new Set(traces.map(({ text }) => text))];
}

function only(texts: readonly string[]): string | null {
  return texts.length === 1 ? (texts[0] ?? null) : null;
}

function isPrintable(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x20 && byte <= 0x7e;
}
