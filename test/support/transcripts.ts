import { join } from 'node:path';
import { expect } from 'vitest';

/** Compares with test/transcripts/NAME.txt; escapes are written `␛`, so that a diff shows them. Update: vitest -u. */
export async function expectTranscript(name: string, text: string): Promise<void> {
  const file = join(import.meta.dirname, '../transcripts', `${name}.txt`);
  await expect(text.replaceAll('\x1b', '␛')).toMatchFileSnapshot(file);
}
