/** Shapes of what `dblock fix` can do about a finding; see sqlite/shapes.ts for how they are used. */
import { z } from 'zod';

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
  z.strictObject({ kind: z.literal('truncate') }).describe('as dblock checkpoint --truncate'),
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
  z.strictObject({ kind: z.literal('withheld'), reason: z.string() }),
]);
export type RepairPlan = z.infer<typeof repairPlanShape>;
