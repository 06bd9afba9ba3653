import { type Known, known, unknown } from '../known.js';
import type { DatabaseHeader, WalHeader, WalScan, WalState } from '../sqlite/shapes.js';
import type { Bytes, Frames, Pages } from '../units.js';
import { attachedPids, bothSamples, lastSample, trustedIndex } from './questions.js';
import type { Evidence, Sample } from './shapes.js';

/** What shows that a WAL was not written for the database beside it. */
export type ForeignSign =
  | { readonly sign: 'empty-database'; readonly walBytes: Bytes }
  | { readonly sign: 'rollback-header'; readonly committedFrames: Frames }
  | { readonly sign: 'page-size'; readonly databasePageBytes: Bytes; readonly walPageBytes: Bytes }
  | { readonly sign: 'text-encoding'; readonly databaseEncoding: string; readonly walEncoding: string }
  | { readonly sign: 'reserved-bytes'; readonly databaseReserved: Bytes; readonly walReserved: Bytes }
  | { readonly sign: 'page-count'; readonly databasePages: Pages; readonly walPages: Pages }
  | { readonly sign: 'schema-cookie'; readonly databaseCookie: number; readonly walCookie: number }
  | {
      readonly sign: 'index-salts';
      readonly indexSalts: string;
      readonly walSalts: string;
      readonly mxFrame: Frames;
    };

const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/**
 * The signs that the WAL belongs to another database; none for a WAL that SQLite would not read. Each must show in
 * every sample: files are read one after the other, and a reset or a change of journal mode may come between them.
 */
export function foreignSigns(evidence: Evidence): Known<ForeignSign[]> {
  const { wal } = lastSample(evidence);
  if (!wal || wal.content.kind === 'empty' || wal.content.kind === 'invalid') return known([]);
  if (wal.content.kind === 'unreadable') return unknown(wal.content.reason);
  const certain = [...replacedUnderIndex(evidence), ...besideEmptyDatabase(evidence, wal)];
  if (!holdsFrame(wal, wal.content.header)) return known(certain);
  certain.push(...otherPageSize(evidence, wal.content.header));
  if (certain.length > 0 || isEmptyDatabase(evidence)) return known(certain);
  return signsInFrames(evidence);
}

function isEmptyDatabase(evidence: Evidence): boolean {
  return evidence.samples.some((sample) => sample.header === null);
}

/** A WAL that was just reset may be longer than what counts in it, but one without a frame can change nothing. */
function holdsFrame(wal: WalState, { pageBytes }: WalHeader): boolean {
  return wal.file.bytes >= WAL_HEADER_BYTES + FRAME_HEADER_BYTES + pageBytes;
}

/** pager.c, pagerOpenWalIfPresent: the next to open such a database deletes the WAL. */
function besideEmptyDatabase(evidence: Evidence, wal: WalState): ForeignSign[] {
  if (wal.content.kind !== 'header' || !holdsFrame(wal, wal.content.header)) return [];
  const always = evidence.samples.every((sample) => sample.header === null && walHeaderOf(sample));
  return always ? [{ sign: 'empty-database', walBytes: wal.file.bytes }] : [];
}

/** A database in WAL mode cannot change its page size (sqlite.org/pragma.html#pragma_page_size). */
function otherPageSize(evidence: Evidence, { pageBytes: walPageBytes }: WalHeader): ForeignSign[] {
  const databasePageBytes = lastSample(evidence).header?.pageBytes ?? walPageBytes;
  const always = evidence.samples.every((sample) => {
    const wal = walHeaderOf(sample);
    return wal !== null && sample.header !== null && sample.header.pageBytes !== wal.pageBytes;
  });
  return always ? [{ sign: 'page-size', databasePageBytes, walPageBytes }] : [];
}

function signsInFrames(evidence: Evidence): Known<ForeignSign[]> {
  const scan = evidence.walScan ?? unknown('the frames of the WAL were not read');
  if (!scan.known) return scan;
  if (scan.value.committedFrames === 0) return known([]);
  const headers = evidence.samples.flatMap((sample) => sample.header ?? []);
  return known([
    ...besideRollbackHeader(evidence, scan.value),
    ...contradictedByPageOne(headers, scan.value.pageOne),
    ...otherPageCount(evidence, scan.value),
  ]);
}

/**
 * Entering WAL mode writes the header before the WAL exists, and leaving it deletes the WAL before it writes the
 * header (vdbe.c, OP_JournalMode): no crash in between leaves frames beside a rollback header.
 */
function besideRollbackHeader(evidence: Evidence, { committedFrames }: WalScan): ForeignSign[] {
  const always = evidence.samples.every(
    (sample) => sample.header?.journalMode === 'rollback' && walHeaderOf(sample) !== null,
  );
  return always ? [{ sign: 'rollback-header', committedFrames }] : [];
}

/** The WAL was read after the headers, so what it says of page 1 is as new or newer. */
function contradictedByPageOne(
  headers: readonly DatabaseHeader[],
  pageOne: DatabaseHeader | null,
): ForeignSign[] {
  const [header] = headers;
  if (!header || !pageOne) return [];
  return [
    ...encodingSign(headers, header, pageOne),
    ...reservedSign(headers, header, pageOne),
    ...cookieSign(headers, pageOne),
  ];
}

/**
 * Every commit that changes the number of pages writes page 1 (btree.c, allocateBtreePage). Frames without it that
 * end at fewer pages than the header counts are what btree.c, lockBtree calls corrupt; more are nothing strange, since
 * a file may be longer than its header says. The database must not have changed meanwhile.
 */
function otherPageCount(evidence: Evidence, { pageOne, databasePages: walPages }: WalScan): ForeignSign[] {
  const counts = evidence.samples.map(({ header }) => (header?.pageCountValid ? header.pageCount : null));
  const [databasePages] = counts;
  const same = counts.every((count) => count === databasePages);
  if (pageOne || databasePages == null || !same || walPages >= databasePages) return [];
  return isStill(evidence) ? [{ sign: 'page-count', databasePages, walPages }] : [];
}

/** Nobody is there, or nothing was committed or started again between the samples. */
function isStill(evidence: Evidence): boolean {
  if (evidence.samples.every((sample) => attachedPids(sample).length === 0)) return true;
  const [first, last] = bothSamples(evidence)?.map(trustedIndex) ?? [];
  if (!first || !last || !evidence.walScan?.known) return false;
  const { committedFrames, databasePages } = evidence.walScan.value;
  const isSameIndex = first.salts === last.salts && first.changeCount === last.changeCount;
  return isSameIndex && committedFrames === last.mxFrame && databasePages === last.nPage;
}

/** Fixed with the first table (sqlite.org/pragma.html#pragma_encoding); until then it may be unset. */
function encodingSign(
  headers: readonly DatabaseHeader[],
  header: DatabaseHeader,
  pageOne: DatabaseHeader,
): ForeignSign[] {
  const chosen = [...headers, pageOne].every(({ textEncoding }) => /^utf-/.test(textEncoding));
  if (!chosen || headers.some(({ textEncoding }) => textEncoding === pageOne.textEncoding)) return [];
  return [
    { sign: 'text-encoding', databaseEncoding: header.textEncoding, walEncoding: pageOne.textEncoding },
  ];
}

/** VACUUM may change them, but then the schema cookie goes up with it. */
function reservedSign(
  headers: readonly DatabaseHeader[],
  header: DatabaseHeader,
  pageOne: DatabaseHeader,
): ForeignSign[] {
  const explained = headers.some(
    ({ reservedBytes, schemaCookie }) =>
      reservedBytes === pageOne.reservedBytes || schemaCookie < pageOne.schemaCookie,
  );
  if (explained) return [];
  return [
    { sign: 'reserved-bytes', databaseReserved: header.reservedBytes, walReserved: pageOne.reservedBytes },
  ];
}

/** Every change of the schema adds one (fileformat2.html, "Schema cookie"), and so do VACUUM and a restore. */
function cookieSign(
  headers: readonly DatabaseHeader[],
  { schemaCookie: walCookie }: DatabaseHeader,
): ForeignSign[] {
  const databaseCookie = Math.min(...headers.map(({ schemaCookie }) => schemaCookie));
  return walCookie < databaseCookie ? [{ sign: 'schema-cookie', databaseCookie, walCookie }] : [];
}

/**
 * A reset gives the index new salts with mxFrame = 0 first, and the WAL the same ones before a frame is committed
 * (wal.c, walRestartLog and sqlite3WalFrames): with frames in a live index, the salts of both files agree.
 */
function replacedUnderIndex(evidence: Evidence): ForeignSign[] {
  const samples = bothSamples(evidence);
  if (!samples) return [];
  const [first, last] = samples.map((sample) => ({ wal: walHeaderOf(sample), index: trustedIndex(sample) }));
  if (!first?.wal || !last?.wal || !first.index || !last.index) return [];
  const { salts: indexSalts, mxFrame, changeCount } = last.index;
  const unchanged =
    first.wal.salts === last.wal.salts &&
    first.index.salts === indexSalts &&
    first.index.mxFrame === mxFrame &&
    first.index.changeCount === changeCount;
  if (!unchanged || mxFrame === 0 || last.wal.salts === indexSalts) return [];
  return [{ sign: 'index-salts', indexSalts, walSalts: last.wal.salts, mxFrame }];
}

function walHeaderOf(sample: Sample): WalHeader | null {
  return sample.wal?.content.kind === 'header' ? sample.wal.content.header : null;
}
