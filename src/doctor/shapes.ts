/** Shapes of the snapshot; see sqlite/shapes.ts for how they are used. */
import { z } from 'zod';
import { attachedProcessShape, kernelSampleShape, lockNameShape } from '../locks/shapes.js';
import {
  databaseHeaderShape,
  fileStateShape,
  fileSystemShape,
  journalStateShape,
  knownShape,
  schemaObjectShape,
  walIndexStateShape,
  walScanShape,
  walStateShape,
} from '../sqlite/shapes.js';

/** ECMA-262, 21.4.1.1: no Date is further from 1970. */
const LAST_DATE_MS = 8.64e15;

/** Files and locks at one moment. */
export const sampleShape = z.strictObject({
  atMs: z.number().min(-LAST_DATE_MS).max(LAST_DATE_MS).describe('Unix time in milliseconds'),
  database: fileStateShape,
  header: databaseHeaderShape.nullable().describe('null: the file has 0 bytes'),
  wal: walStateShape.nullable(),
  walIndex: walIndexStateShape.nullable(),
  journal: journalStateShape.nullable(),
  kernel: kernelSampleShape,
});
export type Sample = z.infer<typeof sampleShape>;

/** Settings of the application's connections, from the configuration; null = not said. */
export const declaredConnectionsShape = z.strictObject({
  busyTimeoutMs: z.number().int().nonnegative().nullable(),
  begin: z.enum(['deferred', 'immediate', 'exclusive']).nullable(),
  synchronous: z.enum(['off', 'normal', 'full', 'extra']).nullable(),
  autocheckpointPages: z.number().int().nonnegative().nullable(),
  persistent: z.boolean().nullable(),
});
export type DeclaredConnections = z.infer<typeof declaredConnectionsShape>;

/** What only the owner of the application can tell; from the configuration. */
export const declaredShape = z.strictObject({
  workers: z.number().int().positive().optional().describe('processes or threads that work on this database'),
  connections: declaredConnectionsShape.optional(),
});
export type Declared = z.infer<typeof declaredShape>;

const planShape = z.array(z.string()).describe('EXPLAIN QUERY PLAN on the empty schema, a line each');
const createIndexShape = z
  .string()
  .nullable()
  .describe('CREATE INDEX after which the plan needs no scan, as tried out; null: none does');

export const foreignKeyShape = z.strictObject({
  table: z.string(),
  columns: z.array(z.string()),
  parent: z.string(),
  parentColumns: z.array(z.string()),
  onDelete: z.string(),
  onUpdate: z.string(),
  plan: planShape,
  indexed: z.boolean().describe('the children of a parent row are searched for, not scanned for'),
  createIndex: createIndexShape,
});
export type ForeignKey = z.infer<typeof foreignKeyShape>;

export const claimShape = z.strictObject({
  table: z.string(),
  sql: z.string().describe('how a worker would take the next job, by the columns of the table'),
  plan: planShape,
  scans: z.boolean().describe('goes through jobs in other states as well'),
  sorts: z.boolean().describe('reads every waiting job and sorts them to find the first'),
  createIndex: createIndexShape,
});
export type Claim = z.infer<typeof claimShape>;

const leftOutShape = z.array(z.strictObject({ name: z.string(), table: z.string(), reason: z.string() }));

/** What the tables and indexes say about queries, found on the schema rebuilt empty in memory. */
export const schemaFactsShape = z.strictObject({
  foreignKeys: z.array(foreignKeyShape),
  claims: z.array(claimShape).describe('of tables that look like job queues'),
  leftOut: leftOutShape.describe('what could not be rebuilt: nothing is said about these tables'),
});
export type SchemaFacts = z.infer<typeof schemaFactsShape>;

const uncheckedShape = z.array(z.strictObject({ table: z.string(), reason: z.string() }));

/** What --deep found on a private copy. */
export const deepShape = z.strictObject({
  copiedBytes: z.number().int().nonnegative(),
  integrity: knownShape(
    z.strictObject({
      pragma: z.enum(['quick_check', 'integrity_check']).describe('the second, if the first found anything'),
      messages: z.array(z.string()).max(20),
      unchecked: uncheckedShape,
      unreadableTables: z
        .array(z.string())
        .describe('not every row of these can be read; the others are whole'),
    }),
  ),
  foreignKeys: knownShape(
    z.strictObject({
      violations: z.array(
        z.strictObject({
          table: z.string(),
          columns: z.array(z.string()),
          parent: z.string(),
          rows: z.number().int().positive(),
        }),
      ),
      unchecked: uncheckedShape,
    }),
  ),
});
export type Deep = z.infer<typeof deepShape>;

const jobCount = z.number().int().nonnegative();

/** A job queue of a framework that dblock knows, or that the configuration describes. Counts and ids, nothing of rows. */
export const queueFactsShape = z.strictObject({
  preset: z.string(),
  name: z.string(),
  table: z.string().describe('whose rows are claimed'),
  acts: z.boolean().describe('false: dblock explains this queue and changes nothing'),
  claimed: jobCount.describe('jobs that workers have taken and not finished'),
  orphans: z.strictObject({
    count: jobCount.describe('whose worker is provably gone'),
    ids: z.array(z.string()).max(5).describe('the first ones'),
    proof: z.string().nullable().describe('of the first one; null: there is none'),
  }),
  alive: jobCount.describe('whose worker lives, or whose claim is still valid'),
  unknown: jobCount.describe('of which neither can be proven'),
  ownRescue: z.string().describe('what the framework does by itself'),
});
export type QueueFacts = z.infer<typeof queueFactsShape>;

/** Seen by a quick look between the samples. */
export const letGoShape = z.strictObject({
  pid: z.number().int().nonnegative(),
  names: z.array(lockNameShape),
});
export type LetGo = z.infer<typeof letGoShape>;

export const evidenceShape = z.strictObject({
  schema: z.literal('dblock.evidence/1'),
  path: z.string(),
  platform: z.string(),
  folder: fileStateShape,
  samples: z
    .array(sampleShape)
    .min(1)
    .max(2)
    .describe(
      'two if somebody has it open: files before locks in the first, locks before files in the second',
    ),
  letGo: z
    .array(letGoShape)
    .optional()
    .describe(
      'write locks of the first sample that their owner gave up before the second; absent: not looked for',
    ),
  processes: z.array(attachedProcessShape),
  fileSystem: knownShape(fileSystemShape),
  overlays: z.array(
    z.strictObject({ mountPoint: z.string(), upper: z.string(), lower: z.array(z.string()) }),
  ),
  walScan: knownShape(walScanShape).nullable().describe('null: no WAL, or an empty one'),
  dotfileLock: fileStateShape
    .nullable()
    .describe('the folder <database>.lock, which is the lock of the unix-dotfile VFS; null: there is none'),
  schemaObjects: knownShape(z.array(schemaObjectShape)),
  schemaFacts: knownShape(schemaFactsShape),
  queues: knownShape(z.array(queueFactsShape))
    .optional()
    .describe('job queues and the claims on their jobs; absent: not looked for'),
  deep: knownShape(deepShape).nullable().describe('null: --deep was not asked for'),
  declared: declaredShape,
});
export type Evidence = z.infer<typeof evidenceShape>;
