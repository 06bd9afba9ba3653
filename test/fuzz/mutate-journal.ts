/** Spoils or invents a rollback journal. */
import type { Files } from './files.js';
import { resized } from './mutate-database.js';
import type { Random } from './random.js';

const MAGIC = Buffer.from('d9d505f920a163d7', 'hex');

/** Says what it did. */
export function mutateJournal(files: Files, random: Random): string {
  if (files.journal === null || files.journal.length < 28) {
    const noise = random.bytes(random.below(2000));
    files.journal = random.pick([noise, Buffer.alloc(0), Buffer.alloc(600), Buffer.concat([MAGIC, noise])]);
    return `journal of ${files.journal.length} bytes`;
  }
  if (random.chance(30)) {
    files.journal = resized(files.journal, random, 512);
    return `journal of ${files.journal.length} bytes`;
  }
  const at = random.chance(60) ? 4 * random.below(7) : random.below(files.journal.length);
  const noise = random.bytes(1 + random.below(8));
  noise.copy(files.journal, at);
  return `journal: noise at ${at}`;
}
