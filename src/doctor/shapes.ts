/** Shapes of the snapshot; see sqlite/shapes.ts for how they are used. */
import { z } from 'zod';
import { attachedProcessShape, kernelSampleShape } from '../locks/shapes.js';
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

/** Files and locks at one moment. */
export const sampleShape = z.strictObject({
  atMs: z.number().describe('Unix time in milliseconds'),
  database: fileStateShape,
  header: databaseHeaderShape.nullable().describe('null: the file has 0 bytes'),
  wal: walStateShape.nullable(),
  walIndex: walIndexStateShape.nullable(),
  journal: journalStateShape.nullable(),
  kernel: kernelSampleShape,
});
export type Sample = z.infer<typeof sampleShape>;

/** What only the owner of the application can tell; from the configuration. */
export const declaredShape = z.strictObject({
  workers: z.number().int().positive().optional().describe('processes or threads that work on this database'),
});
export type Declared = z.infer<typeof declaredShape>;

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
  processes: z.array(attachedProcessShape),
  fileSystem: knownShape(fileSystemShape),
  overlays: z.array(
    z.strictObject({ mountPoint: z.string(), upper: z.string(), lower: z.array(z.string()) }),
  ),
  walScan: knownShape(walScanShape).nullable().describe('null: no WAL, or an empty one'),
  schemaObjects: knownShape(z.array(schemaObjectShape)),
  declared: declaredShape,
});
export type Evidence = z.infer<typeof evidenceShape>;
