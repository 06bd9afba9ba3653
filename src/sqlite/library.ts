/** The version of dblock's own SQLite, e.g. `3.53.2`. It says nothing about the application's. */
export async function ownSqliteVersion(): Promise<string> {
  const { default: Database } = await import('better-sqlite3');
  const memory = new Database(':memory:');
  try {
    return String(memory.prepare('SELECT sqlite_version()').pluck().get());
  } finally {
    memory.close();
  }
}
