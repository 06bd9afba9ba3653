/** Shapes of kernel locks and attached processes; see sqlite/shapes.ts for how they are used. */
import { z } from 'zod';
import { fileIdentityShape, knownShape } from '../sqlite/shapes.js';

const count = z.number().int().nonnegative();

/** SQLite's own names: os.h (PENDING, RESERVED, SHARED) and wal.c (WRITE … DMS). */
export const lockNames = [
  'PENDING',
  'RESERVED',
  'SHARED',
  'WRITE',
  'CKPT',
  'RECOVER',
  'READ0',
  'READ1',
  'READ2',
  'READ3',
  'READ4',
  'DMS',
] as const;
export const lockNameShape = z.enum(lockNames);
export type LockName = z.infer<typeof lockNameShape>;

/** One line of the kernel's table: a byte range, which may contain several of SQLite's locks. */
export const heldLockShape = z.strictObject({
  pid: count,
  mode: z.enum(['READ', 'WRITE']),
  file: z.enum(['database', 'shm']),
  names: z.array(lockNameShape),
  firstByte: count,
  lastByte: count.nullable().describe('null = to the end of the file'),
});
export type HeldLock = z.infer<typeof heldLockShape>;

export const descriptorShape = z.strictObject({
  fd: count,
  file: z.enum(['database', 'wal', 'shm', 'journal']),
  current: z.boolean().describe('false: deleted, or replaced by another file under that name'),
  identity: fileIdentityShape,
});
export type Descriptor = z.infer<typeof descriptorShape>;

/** A process as one sample saw it. */
export const processSightingShape = z.strictObject({
  pid: count,
  state: z.string().describe('letter of /proc/PID/stat: R, S, D, T (stopped), t (traced), Z'),
  descriptors: z.array(descriptorShape),
  mapsShm: z.boolean(),
});
export type ProcessSighting = z.infer<typeof processSightingShape>;

export const sqliteLibraryShape = z.strictObject({
  path: z.string(),
  linkage: z.enum(['shared', 'static']).describe('static: inside the program or an extension of it'),
  version: z.string().nullable(),
  sourceId: z.string().nullable(),
});
export type SqliteLibrary = z.infer<typeof sqliteLibraryShape>;

/** What does not change while a process lives. */
export const attachedProcessShape = z.strictObject({
  pid: count,
  parentPid: count.nullable(),
  user: knownShape(z.strictObject({ uid: count, name: z.string().nullable() })),
  command: knownShape(z.array(z.string())),
  executable: knownShape(z.string()),
  startedAtMs: knownShape(z.number()),
  sqliteLibraries: knownShape(z.array(sqliteLibraryShape)),
});
export type AttachedProcess = z.infer<typeof attachedProcessShape>;

/** How far this machine lets us see. `complete: false` means that absence proves nothing. */
export const viewShape = z.discriminatedUnion('complete', [
  z.strictObject({ complete: z.literal(true) }),
  z.strictObject({ complete: z.literal(false), reason: z.string() }),
]);
export type View = z.infer<typeof viewShape>;

/** What the kernel said at one moment about one database. */
export const kernelSampleShape = z.strictObject({
  locks: z.array(heldLockShape),
  locksView: viewShape,
  processes: z
    .array(processSightingShape)
    .describe('has a descriptor, a mapping or a lock; never dblock itself'),
  processesView: viewShape,
});
export type KernelSample = z.infer<typeof kernelSampleShape>;

/** A line of `dblock locks`: one process, in the words that a reader of it needs. */
export const lockRowShape = z.strictObject({
  pid: count,
  command: z.string().nullable().describe('null: could not be read'),
  user: z.string().nullable().describe('null: could not be read'),
  state: z.string().describe('letter of /proc/PID/stat'),
  stateMeaning: z.string().describe('running, sleeping, stopped, …'),
  role: z.string().describe('writer, reader on READ2 at frame 812, checkpointer, attached, …'),
  locks: z.array(z.string()).describe("SQLite's names, e.g. WRITE or READ2 (shared)"),
  heldAtLeastMs: z.number().nonnegative().nullable().describe('null: cannot be told from the samples'),
  blocks: z.string().nullable().describe('who or what has to wait; null: nobody'),
});
export type LockRow = z.infer<typeof lockRowShape>;
