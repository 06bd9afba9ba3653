/** What SQLite refused to do. */
export class SqliteFailure extends Error {
  override readonly name = 'SqliteFailure';

  constructor(
    /** Its extended name, such as `SQLITE_READONLY_DIRECTORY`. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Calls SQLite. Throws SqliteFailure. */
export function attempt<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw sqliteFailure(error);
  }
}

export function sqliteFailure(error: unknown): SqliteFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'SQLITE_ERROR';
  return new SqliteFailure(code, error instanceof Error ? error.message : String(error));
}
