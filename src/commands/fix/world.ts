/** How the parent of a repair looks at the database: as files, and through the kernel. It never has a connection. */
import { lastSample } from '../../doctor/questions.js';
import type { RepairWorld } from '../../doctor/repair/apply.js';
import type { Evidence } from '../../doctor/shapes.js';
import type { LockObserver } from '../../locks/platform.js';
import { withFile } from '../../sqlite/files.js';
import { HEADER_BYTES, parseHeader } from '../../sqlite/header.js';
import { lookAt, orNull, whyChanged } from '../checkpoint/world.js';
import type { Host } from '../host.js';

export function worldOf(evidence: Evidence, observer: LockObserver, host: Host): RepairWorld {
  const { path } = evidence;
  const { database } = lastSample(evidence);
  return {
    look: () => lookAt(path, database, observer),
    changed: () => whyChanged(path, database, 'meanwhile'),
    journalMode: () => orNull(() => journalModeOf(path)),
    now: host.now,
    sleep: host.sleep,
    random: Math.random,
  };
}

function journalModeOf(path: string): 'wal' | 'rollback' | null {
  const parsed = withFile(path, (file) => parseHeader(file.read(0, HEADER_BYTES)));
  if (parsed.kind !== 'header' || parsed.header.journalMode === 'unknown') return null;
  return parsed.header.journalMode;
}
