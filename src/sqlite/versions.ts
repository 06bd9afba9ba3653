/** SQLite's version numbers: `3.40.1` as text, 3040001 as a number; 3.6 to 3.8 had a fourth part (`3.8.11.1`). */
export type SqliteVersion = readonly [major: number, minor: number, patch: number, build: number];

/** `null`: not a version of SQLite 3. The number has no room for the fourth part. */
export function parseSqliteVersion(version: string | number): SqliteVersion | null {
  if (typeof version === 'string') return parseText(version);
  const major = Math.floor(version / 1_000_000);
  if (!Number.isInteger(version) || major !== 3) return null;
  return [major, Math.floor(version / 1000) % 1000, version % 1000, 0];
}

function parseText(text: string): SqliteVersion | null {
  const match = /^3\.(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?$/.exec(text);
  return match && [3, Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/** Negative: the first is older. Zero: equal. */
export function compareSqliteVersions(one: SqliteVersion, other: SqliteVersion): number {
  return one[1] - other[1] || one[2] - other[2] || one[3] - other[3];
}

const FIRST_WITH_WAL: SqliteVersion = [3, 7, 0, 0];
const FIRST_FIXED: SqliteVersion = [3, 51, 3, 0];
/** The first patch release of an older branch that has the fix. */
const FIRST_FIXED_PATCH: Readonly<Record<number, number>> = { 44: 6, 50: 7 };

/**
 * The WAL-reset bug (sqlite.org/wal.html#walresetbug): a checkpoint that races a reset of the WAL can skip
 * committed frames, which are then lost. In 3.7.0 to 3.51.2; fixed in 3.51.3, whose source was compared.
 * 3.50.7, 3.44.6 and what follows them in those branches have it per public material; their source was not seen.
 * A vendor may have put the fix into another version without changing its number: that cannot be seen.
 * @throws RangeError if it is not a version: this must not pass for "does not have it"
 */
export function hasWalResetBug(version: string | number): boolean {
  const parsed = parseSqliteVersion(version);
  if (!parsed) throw new RangeError(`not a SQLite version: ${version}`);
  if (compareSqliteVersions(parsed, FIRST_WITH_WAL) < 0 || compareSqliteVersions(parsed, FIRST_FIXED) >= 0)
    return false;
  const [, minor, patch] = parsed;
  return patch < (FIRST_FIXED_PATCH[minor] ?? Number.POSITIVE_INFINITY);
}

const WAL_RELEASED = '2010-07-21';
const BUG_DISCOVERED = '2026-03-03';

/**
 * The same question, also where only the source id is known: it begins with the day of its check-in, and before
 * the bug was discovered (sqlite.org/releaselog/3_51_3.html) no source had the fix. `null`: cannot be told.
 */
export function buildHasWalResetBug(build: {
  version: string | null;
  sourceId: string | null;
}): boolean | null {
  if (build.version !== null && parseSqliteVersion(build.version)) return hasWalResetBug(build.version);
  const day = /^\d{4}-\d\d-\d\d/.exec(build.sourceId ?? '')?.[0];
  if (day === undefined || day < WAL_RELEASED || day >= BUG_DISCOVERED) return null;
  return true;
}
