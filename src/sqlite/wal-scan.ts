import { type Known, known } from '../known.js';
import { Corrupt, unknownOnProblem } from './corrupt.js';
import { type OpenFile, withFile } from './files.js';
import { HEADER_BYTES, parseHeader } from './header.js';
import type { DatabaseHeader, WalIndex, WalScan } from './shapes.js';
import { readCurrentIndex } from './sidecars.js';
import { type CommittedPrefix, prefixByChecksums, prefixByIndex, readCommittedPage } from './wal-prefix.js';

/**
 * Finds the committed prefix of the WAL beside the database at `path`, a real path. Pass the index only
 * if somebody holds DMS: then it is believed, else every frame is verified. Throws nothing: what cannot be
 * found out is unknown.
 */
export function scanWal(path: string, index: WalIndex | null): Known<WalScan> {
  const first = tryScan(path, index);
  if (first.known) return first;
  return tryScan(path, index && readCurrentIndex(path));
}

function tryScan(path: string, index: WalIndex | null): Known<WalScan> {
  return unknownOnProblem(() =>
    withFile(
      `${path}-wal`,
      (wal) => {
        const prefix = index ? prefixByIndex(path, wal, index) : prefixByChecksums(wal);
        return prefix.known ? known(summarise(wal, prefix.value)) : prefix;
      },
      'unguarded',
    ),
  );
}

function summarise(wal: OpenFile, prefix: CommittedPrefix): WalScan {
  return {
    committedFrames: prefix.pageNumbers.length,
    validFrames: prefix.validFrames,
    databasePages: prefix.databasePages,
    verifiedBy: prefix.verifiedBy,
    pageOne: readPageOne(wal, prefix),
  };
}

function readPageOne(wal: OpenFile, prefix: CommittedPrefix): DatabaseHeader | null {
  const page = readCommittedPage(wal, prefix, 1);
  if (!page) return null;
  const parse = parseHeader(page.subarray(0, HEADER_BYTES));
  if (parse.kind !== 'header')
    throw new Corrupt(`page 1 in the WAL is not a database header: ${parse.reason}`);
  return parse.header;
}
