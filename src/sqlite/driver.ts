import type Database from 'better-sqlite3';

/** better-sqlite3 13 is built on it; it came with Node.js 22.14 and 23.6 (nodejs.org/api/n-api.html#node-api-version-matrix). */
const NEEDED_NODE_API = 10;

/**
 * better-sqlite3: 13 where Node.js can load it, else 12. Neither serves all: 13 crashes on Node.js 20, and 12,
 * compiled for 24.19 or later, aborts the process when the garbage collector meets one of its objects outside of
 * JavaScript ("Assertion failed: (env) != nullptr": since then node::ObjectWrap, which 12 is built on, removes
 * a cleanup hook as it dies).
 */
export async function loadDriver(): Promise<typeof Database> {
  const driver = (await loadNewer()) ?? (await import('better-sqlite3'));
  return driver.default;
}

async function loadNewer(): Promise<typeof import('better-sqlite3-napi') | null> {
  if (Number(process.versions['napi']) < NEEDED_NODE_API) return null;
  try {
    return await import('better-sqlite3-napi');
  } catch {
    return null; // installed with --omit=optional
  }
}
