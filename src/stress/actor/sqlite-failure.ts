/** What SQLite said, as better-sqlite3 throws it; whatever else is thrown is a defect of ours and goes on. */
export function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') throw error;
  if (!error.code.startsWith('SQLITE_')) throw error;
  return { code: error.code, message: error.message };
}
