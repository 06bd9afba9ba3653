/** Shapes of what `dblock fix` can do about a finding; see sqlite/shapes.ts for how they are used. */
import { z } from 'zod';
import { knownShape } from '../../sqlite/shapes.js';

const count = z.number().int().nonnegative();

const ownerShape = z.strictObject({ uid: count, gid: count, mode: count });

/** A file whose owner or mode is to change; `inode` and `device` so that no other file gets them. */
export const permissionChangeShape = z.strictObject({
  path: z.string(),
  role: z.enum(['file', 'folder']),
  device: z.string(),
  inode: z.string(),
  from: ownerShape,
  to: ownerShape,
});
export type PermissionChange = z.infer<typeof permissionChangeShape>;

/** What is done. All but `permissions` is done by SQLite, in a process of its own. */
export const repairActionShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('permissions'), changes: z.array(permissionChangeShape) }),
  z
    .strictObject({ kind: z.literal('roll-back') })
    .describe('SQLite does it by the first read of a connection'),
  z
    .strictObject({ kind: z.literal('checkpoint'), mode: z.enum(['passive', 'truncate']) })
    .describe('as dblock checkpoint'),
  z.strictObject({ kind: z.literal('to-wal') }),
  z.strictObject({ kind: z.literal('to-incremental') }).describe('auto_vacuum=FULL to INCREMENTAL'),
  z.strictObject({ kind: z.literal('create-indexes'), statements: z.array(z.string()) }),
  z.strictObject({
    kind: z.literal('release-pages'),
    pages: count.describe('free pages when it was planned'),
  }),
  z.strictObject({
    kind: z.literal('vacuum'),
    pageBytes: count.nullable().describe('null: as it is'),
    autoVacuum: z.literal('none').nullable().describe('null: as it is'),
    leaveWal: z.boolean().describe('the page size cannot change in WAL mode: leave it before, return after'),
  }),
]);
export type RepairAction = z.infer<typeof repairActionShape>;

/** One repair of one finding, as it is shown before it is done. */
export const repairShape = z.strictObject({
  id: z.string().describe('what --apply takes: the id of the check, or begins with it'),
  what: z.string(),
  steps: z.array(z.string()).describe('the exact SQL or commands'),
  locks: z.string().describe('whom it keeps waiting, and for how long at most'),
  undo: z.string().nullable().describe('null: only from the backup'),
  byIdOnly: z.string().nullable().describe('why a plain --apply leaves it out; null: it is safe'),
  notes: z.array(z.string()),
  action: repairActionShape,
});
export type Repair = z.infer<typeof repairShape>;

/** What a finding says about its repair; `command` shows nothing but the preview, and `--apply` does it. */
export const repairPlanShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('offered'), repairs: z.array(repairShape).min(1), command: z.string() }),
  z
    .strictObject({ kind: z.literal('withheld'), reason: z.string() })
    .describe('something else has to be done first'),
  z.strictObject({ kind: z.literal('impossible'), reason: z.string() }).describe('not for this finding'),
]);
export type RepairPlan = z.infer<typeof repairPlanShape>;

const remedyShape = z.strictObject({ text: z.string(), commands: z.array(z.string()) });

/** A process that kept a repair from being done, and the lock by which. */
export const preventerShape = z.strictObject({
  pid: count,
  process: z.string(),
  lock: z.string(),
  summary: z.string(),
});
export type Preventer = z.infer<typeof preventerShape>;

/** What `--estimate` measured on a private copy. */
export const estimateShape = z.strictObject({
  durationMs: z.number().nonnegative(),
  grewBytes: z.number().int().describe('of the database file; negative: it shrank'),
});
export type Estimate = z.infer<typeof estimateShape>;

export const repairResultShape = z.discriminatedUnion('result', [
  z.strictObject({ result: z.literal('planned') }).describe('nothing was applied: a preview'),
  z.strictObject({ result: z.literal('left-out'), reason: z.string() }).describe('not asked for'),
  z.strictObject({ result: z.literal('cleared'), durationMs: z.number().nonnegative() }),
  z
    .strictObject({ result: z.literal('still-there'), summary: z.string() })
    .describe('it was done, and the finding is there all the same, or nobody can tell'),
  z.strictObject({
    result: z.literal('prevented'),
    summary: z.string(),
    preventers: z.array(preventerShape),
    remedy: remedyShape,
  }),
  z.strictObject({
    result: z.literal('failed'),
    code: z.string().nullable().describe('of SQLite, such as SQLITE_FULL; null: not from SQLite'),
    summary: z.string(),
    remedy: remedyShape,
  }),
  z.strictObject({ result: z.literal('not-tried'), reason: z.string() }),
]);
export type RepairResult = z.infer<typeof repairResultShape>;

export const fixBackupShape = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('made'),
    path: z.string().describe('a folder: it has this name only when it is complete'),
    files: z.array(z.string()),
    bytes: count,
    method: z.enum(['files', 'backup-api']).describe('files: nobody had it open; else as of one moment'),
    durationMs: z.number().nonnegative(),
  }),
  z.strictObject({ kind: z.literal('left-out'), reason: z.string() }),
  z.strictObject({ kind: z.literal('failed'), reason: z.string() }),
]);
export type FixBackup = z.infer<typeof fixBackupShape>;

const severityShape = z.enum(['critical', 'warning', 'info']);

/** One repair, and what became of it. */
export const fixRepairShape = z.strictObject({
  repair: repairShape,
  finding: z
    .strictObject({ id: z.string(), severity: severityShape, summary: z.string() })
    .nullable()
    .describe('null: it finishes an earlier run that was killed'),
  estimate: knownShape(estimateShape)
    .nullable()
    .describe('null: --estimate was not given, or it is not measured'),
  result: repairResultShape,
});
export type FixRepair = z.infer<typeof fixRepairShape>;

/** A finding that dblock does not repair, with what to do instead. */
export const unrepairedShape = z.strictObject({
  id: z.string(),
  severity: severityShape,
  summary: z.string(),
  withheld: z.boolean().describe('dblock has a repair, and does not offer it as things are'),
  reason: z.string(),
  remedy: remedyShape,
});
export type Unrepaired = z.infer<typeof unrepairedShape>;
