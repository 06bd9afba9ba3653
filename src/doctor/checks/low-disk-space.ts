import { type Bytes, formatBytes } from '../../units.js';
import { defineCheck, facts, inapplicable, skipped } from '../check.js';
import { lastSample } from '../questions.js';
import { shellQuote, sqlite3Command } from '../quote.js';
import type { Evidence } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly mountPoint: string;
  readonly freeBytes: Bytes;
  readonly totalBytes: Bytes;
  readonly walBytes: Bytes;
  readonly criticalBelowBytes: Bytes;
  readonly warningBelowBytes: Bytes;
}

const MIB = 2 ** 20;

/**
 * 16 MiB: four times the 4 MiB that one default WAL cycle takes (1,000 pages of 4 KiB), since the same pages may
 * be needed in the WAL, in the database and in a temporary file. sqlite.org/pragma.html#pragma_wal_autocheckpoint
 */
const CRITICAL_BELOW_BYTES: Bytes = 16 * MIB;

/**
 * 256 MiB: minutes of a busy application whose WAL grows because a reader pins it (64 default cycles of 4 MiB).
 * But no more than a tenth of the file system, since small volumes are often nearly as small as their database.
 */
const COMFORTABLE_BYTES: Bytes = 256 * MIB;
const COMFORTABLE_SHARE = 0.1;

/** Twice the WAL: it may have to go into the database as new pages, while another as large is written. */
const WAL_FACTOR = 2;

/** A WAL of more than ten default cycles is worth truncating to gain room. */
const LARGE_WAL_BYTES: Bytes = 40 * MIB;

export const lowDiskSpace = defineCheck<Facts>({
  id: 'low-disk-space',
  title: 'The disk is almost full',
  severity: 'critical',
  group: 'files',
  why: 'Every commit first writes a -wal or -journal file. When there is no room for it the commit fails with "database or disk is full"; a checkpoint that cannot grow the database fails too, so the WAL keeps growing and makes it worse.',
  sources: [
    'https://www.sqlite.org/rescode.html#full',
    'https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files',
    'https://www.sqlite.org/pragma.html#pragma_wal_autocheckpoint',
  ],
  guide: {
    meaning:
      'Critical below 16 MiB of free space on the file system of the database. A warning below 256 MiB or a tenth of the file system, whichever is less, and below twice the size of the WAL.',
    certainty:
      'Certain about the free space at that moment, for an ordinary user. Quotas, and the file system of temporary files, are not looked at.',
    now: {
      text: 'Remove other files, or enlarge the volume. Never delete -wal or -journal: they are part of the database. If the WAL is large, truncate it once there is room for the checkpoint.',
      commands: ['du -xh -d 2 . | sort -h | tail -n 20', "sqlite3 app.db 'PRAGMA wal_checkpoint(TRUNCATE);'"],
    },
    later: 'Watch the free space and the size of the WAL. Keep reads short, so that checkpoints can finish.',
  },
  inspect({ evidence }) {
    const { fileSystem } = evidence;
    if (!fileSystem.known) return skipped(`the free space is not known: ${fileSystem.reason}`);
    const { totalBytes, options, type } = fileSystem.value;
    if (totalBytes === 0) return skipped(`the file system (${type}) does not say how large it is`);
    if (options.includes('ro')) return inapplicable('the file system is mounted read-only');
    return facts(factsOf(evidence, fileSystem.value));
  },
  verdict({ freeBytes, criticalBelowBytes, warningBelowBytes }) {
    if (freeBytes < criticalBelowBytes) return 'critical';
    return freeBytes < warningBelowBytes ? 'warning' : 'clear';
  },
  summary({ path, mountPoint, freeBytes, totalBytes, walBytes, criticalBelowBytes, warningBelowBytes }) {
    const free = `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} are free on ${mountPoint}, where ${path} is`;
    if (freeBytes < criticalBelowBytes) return `${free}: commits fail, or soon will.`;
    const wal = walBytes > 0 ? ` The WAL has ${formatBytes(walBytes)}.` : '';
    return `${free}, less than the ${formatBytes(warningBelowBytes)} that its WAL and the next checkpoints may need.${wal}`;
  },
  remedy({ path, mountPoint, walBytes }) {
    const largest = `du -xh -d 2 ${shellQuote(mountPoint)} | sort -h | tail -n 20`;
    const never = 'Never delete the -wal or the -journal: they are part of the database.';
    if (walBytes < LARGE_WAL_BYTES) {
      return {
        text: `Make room by removing other files, or enlarge the volume. ${never}`,
        commands: [largest],
      };
    }
    return {
      text: `Make room by removing other files, then truncate the WAL, which takes ${formatBytes(walBytes)}; the checkpoint may first need to grow the database. ${never}`,
      commands: [largest, sqlite3Command(path, 'PRAGMA wal_checkpoint(TRUNCATE);')],
    };
  },
});

function factsOf(
  evidence: Evidence,
  space: { mountPoint: string; freeBytes: Bytes; totalBytes: Bytes },
): Facts {
  const { mountPoint, freeBytes, totalBytes } = space;
  const walBytes = lastSample(evidence).wal?.file.bytes ?? 0;
  const comfortable = Math.min(COMFORTABLE_BYTES, Math.round(totalBytes * COMFORTABLE_SHARE));
  return {
    path: evidence.path,
    mountPoint,
    freeBytes,
    totalBytes,
    walBytes,
    criticalBelowBytes: CRITICAL_BELOW_BYTES,
    warningBelowBytes: Math.max(comfortable, WAL_FACTOR * walBytes),
  };
}
