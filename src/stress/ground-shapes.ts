/** Shapes of where a run wrote: in tables of dblock's own, or of the database that was copied. */
import { z } from 'zod';

const count = z.number().int().nonnegative();

export const groundShape = z.discriminatedUnion('tables', [
  z
    .strictObject({
      tables: z.literal('own'),
      reason: z
        .string()
        .nullable()
        .describe("why not in one of the database's, a sentence or two; null: that was asked for"),
    })
    .describe("tables of dblock's own"),
  z
    .strictObject({
      tables: z.literal('queue'),
      table: z.string().describe('of the jobs that were played'),
      preset: z.string().describe('generic: a table of one’s own'),
      name: z.string(),
      guessed: z.boolean().describe('what its columns mean is guessed from their names and values'),
      states: z.string().describe('what becomes of a row'),
      order: z.string().describe('ORDER BY of the search for the next job'),
      plan: z.array(z.string()).describe('EXPLAIN QUERY PLAN of that search'),
      triggers: z.array(z.string()).describe('of the database, that run when a job is claimed or ends'),
      setBack: count.describe('jobs that were made waiting before the run, whatever they were'),
      added: count.describe('jobs that were added before the run, as copies of others'),
      waiting: count.describe('jobs that waited when the run began'),
      samples: z
        .enum(['its rows', 'made up'])
        .describe('what jobs were copied from; made up: the table was empty'),
      orphansProvable: z
        .boolean()
        .describe('requeue-orphans can prove by itself that nobody works on what is left claimed'),
    })
    .describe('a job queue of the database'),
  z
    .strictObject({ tables: z.literal('rows'), table: z.string() })
    .describe('rows of a table of the database were set to what they were'),
]);
export type Ground = z.infer<typeof groundShape>;
export type QueueGround = Extract<Ground, { tables: 'queue' }>;
