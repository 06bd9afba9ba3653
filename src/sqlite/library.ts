import { loadDriver } from './driver.js';

/** The version of dblock's own SQLite, e.g. `3.53.2`. It says nothing about the application's. */
export async function ownSqliteVersion(): Promise<string> {
  const Database = await loadDriver();
  const memory = new Database(':memory:');
  try {
    return String(memory.prepare('SELECT sqlite_version()').pluck().get());
  } finally {
    memory.close();
  }
}
