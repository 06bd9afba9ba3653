/**
 * The shapes of what the file parsers return: one source for the types, for the JSON Schema that
 * ships, and for validating saved evidence. Import types only from here on the way of a command:
 * zod takes longer to load than doctor takes to run.
 */
import { z } from 'zod';

export const knownShape = <T extends z.ZodType>(value: T) =>
  z.discriminatedUnion('known', [
    z.strictObject({ known: z.literal(true), value }),
    z.strictObject({ known: z.literal(false), reason: z.string() }),
  ]);

const count = z.number().int().nonnegative();

/** Which file on which file system: equal identities are one file, and one lock domain. */
export const fileIdentityShape = z.strictObject({
  device: z.string().describe('major:minor in hex, as /proc/locks prints it'),
  inode: z.string().describe('decimal; a string because inodes exceed 2^53'),
});
export type FileIdentity = z.infer<typeof fileIdentityShape>;

export const fileStateShape = z.strictObject({
  path: z.string(),
  ...fileIdentityShape.shape,
  bytes: count,
  allocatedBytes: count,
  links: count,
  mode: count.describe('permission bits, e.g. 420 = 0644'),
  uid: count,
  gid: count,
  modifiedAtMs: z.number().describe('Unix time in milliseconds'),
  bornAtMs: z
    .number()
    .nullable()
    .describe('Unix time in milliseconds; null where the file system keeps none'),
});
export type FileState = z.infer<typeof fileStateShape>;

/** The 100 bytes at the start of a database: sqlite.org/fileformat2.html#the_database_header */
export const databaseHeaderShape = z.strictObject({
  pageBytes: count,
  writeVersion: count,
  readVersion: count,
  journalMode: z.enum(['rollback', 'wal', 'unknown']).describe('from the read and write version'),
  reservedBytes: count,
  changeCounter: count,
  pageCount: count.describe('valid only if pageCountValid'),
  pageCountValid: z.boolean(),
  freelistPages: count,
  schemaCookie: count,
  schemaFormat: count,
  autoVacuum: z.enum(['none', 'full', 'incremental']),
  textEncoding: z.enum(['unset', 'utf-8', 'utf-16le', 'utf-16be', 'invalid']),
  userVersion: z.number().int(),
  applicationId: z.number().int(),
  sqliteVersionNumber: count.describe('of the library that last wrote the header; 3040001 = 3.40.1'),
});
export type DatabaseHeader = z.infer<typeof databaseHeaderShape>;

export const walHeaderShape = z.strictObject({
  checksumOrder: z.enum(['big-endian', 'little-endian']),
  pageBytes: count,
  checkpointSequence: count,
  salts: z.string().describe('salt-1 and salt-2 as 16 hex digits, in file order'),
  checksum: z.tuple([count, count]),
});
export type WalHeader = z.infer<typeof walHeaderShape>;

export const walContentShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('empty') }),
  z.strictObject({ kind: z.literal('header'), header: walHeaderShape }),
  z.strictObject({ kind: z.literal('invalid'), reason: z.string() }),
  z.strictObject({ kind: z.literal('unreadable'), reason: z.string() }),
]);
export type WalContent = z.infer<typeof walContentShape>;
export const walStateShape = z.strictObject({ file: fileStateShape, content: walContentShape });
export type WalState = z.infer<typeof walStateShape>;

export const walIndexShape = z.strictObject({
  changeCount: count.describe('iChange: goes up with every commit'),
  pageBytes: count,
  mxFrame: count.describe('the last committed frame'),
  nPage: count.describe('database size in pages after it'),
  frameChecksum: z.tuple([count, count]),
  salts: z.string(),
  nBackfill: count.describe('frames already copied into the database'),
  nBackfillAttempted: count,
  readMarks: z.array(count.nullable()).length(5).describe('aReadMark[0..4]; null = unused'),
});
export type WalIndex = z.infer<typeof walIndexShape>;

export const walIndexContentShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('index'), index: walIndexShape }),
  z.strictObject({ kind: z.literal('initialising') }).describe('0 or 3 bytes, or isInit = 0'),
  z.strictObject({ kind: z.literal('invalid'), reason: z.string() }),
  z.strictObject({ kind: z.literal('unreadable'), reason: z.string() }),
]);
export type WalIndexContent = z.infer<typeof walIndexContentShape>;
export const walIndexStateShape = z.strictObject({ file: fileStateShape, content: walIndexContentShape });
export type WalIndexState = z.infer<typeof walIndexStateShape>;

export const journalContentShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('empty') }),
  z.strictObject({ kind: z.literal('zeroed') }).describe('first byte 0: not hot'),
  z.strictObject({ kind: z.literal('active') }).describe('first byte not 0: hot unless its writer lives'),
  z.strictObject({ kind: z.literal('unreadable'), reason: z.string() }),
]);
export const journalStateShape = z.strictObject({ file: fileStateShape, content: journalContentShape });
export type JournalState = z.infer<typeof journalStateShape>;

/** What a walk over the WAL's frames found; made once for each snapshot. */
export const walScanShape = z.strictObject({
  committedFrames: count,
  validFrames: count.describe('includes frames after the last commit'),
  databasePages: count.describe('size after the last commit frame; 0 without one'),
  verifiedBy: z.enum(['checksums', 'wal-index']).describe('checksums: every frame; wal-index: the last one'),
  pageOne: databaseHeaderShape.nullable().describe('the header as the last committed frame of page 1 has it'),
});
export type WalScan = z.infer<typeof walScanShape>;

/** A row of sqlite_schema, read from pages without a lock. */
export const schemaObjectShape = z.strictObject({
  type: z.enum(['table', 'index', 'view', 'trigger']),
  name: z.string(),
  tableName: z.string(),
  rootPage: count,
  sql: z.string().nullable(),
});
export type SchemaObject = z.infer<typeof schemaObjectShape>;

export const fileSystemShape = z.strictObject({
  type: z.string(),
  mountPoint: z.string(),
  source: z.string(),
  device: z.string().describe('of the superblock: major:minor in hex'),
  options: z.array(z.string()),
  freeBytes: count,
  totalBytes: count,
});
export type FileSystem = z.infer<typeof fileSystemShape>;
