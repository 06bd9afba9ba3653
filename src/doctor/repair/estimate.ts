/** `fix --estimate`: what a repair would take, measured on a private copy. */
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Known, unknown } from '../../known.js';
import { startConnectionChild } from '../../sqlite/connection-child.js';
import { makePrivateFolder } from '../../sqlite/temporary-folder.js';
import { lastSample, trustedIndex } from '../questions.js';
import type { Evidence } from '../shapes.js';
import type { Estimate, RepairAction } from './shapes.js';

/** What the child process is asked. */
export interface EstimateRequest {
  readonly path: string;
  readonly folder: string;
  readonly platform: string;
  readonly trustIndex: boolean;
  readonly statements: readonly string[];
}

/** Beside this module, as tsc and as scripts/bundle.mjs lay it out. */
const CHILD = fileURLToPath(new URL('./estimate-process.js', import.meta.url));

/** Rejects with the reason of `signal` when that aborts, the copy deleted; every other failure is an unknown. */
export async function estimate(
  evidence: Evidence,
  action: RepairAction,
  temporaryFolders: readonly string[],
  signal: AbortSignal,
): Promise<Known<Estimate>> {
  const statements = statementsOf(action);
  if (statements === null) return unknown('only indexes and VACUUM are measured: the others write little');
  const { path, platform } = evidence;
  const sample = lastSample(evidence);
  const bytes = sample.database.bytes + (sample.wal?.file.bytes ?? 0);
  const folder = makePrivateFolder(temporaryFolders, dirname(path), bytes);
  if (!folder.known) return folder;
  try {
    const child = startConnectionChild<EstimateRequest, Known<Estimate>>(CHILD, signal);
    const trustIndex = trustedIndex(sample) !== null;
    const answer = await child.finish({ path, folder: folder.value, platform, trustIndex, statements });
    return 'answer' in answer ? unknown(answer.message) : answer;
  } finally {
    await rm(folder.value, { recursive: true, force: true });
  }
}

/** `null`: not worth a copy. */
function statementsOf(action: RepairAction): string[] | null {
  if (action.kind === 'create-indexes') return action.statements;
  if (action.kind !== 'vacuum') return null;
  const { pageBytes, autoVacuum } = action;
  return [
    ...(pageBytes === null ? [] : [`PRAGMA page_size = ${pageBytes}`]),
    ...(autoVacuum === null ? [] : ['PRAGMA auto_vacuum = NONE']),
    'VACUUM',
  ];
}
