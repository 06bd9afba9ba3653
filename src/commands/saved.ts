/** `doctor --from FILE`: evidence that was saved, perhaps on another machine, instead of a look at this one. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig } from '../config.js';
import { checks } from '../doctor/checks/index.js';
import { quote, UsageProblem } from '../problem.js';
import { errorCode, whyUnreachable } from '../targets/unreachable.js';
import { formatBytes } from '../units.js';
import { LARGEST_EVIDENCE_FILE_BYTES, parseEvidenceFile } from './evidence-file.js';
import type { Gathering } from './gather.js';
import type { Host } from './host.js';

const STANDARD_INPUT = '-';

/** The configuration still says what is muted and when to fail; what it declares of the application is in the evidence. */
export async function gatherSaved(file: string, configFile: string | null, host: Host): Promise<Gathering> {
  const checkIds = checks.map(({ id }) => id);
  const config = await loadConfig({ cwd: host.cwd, file: configFile, checkIds });
  const name = file === STANDARD_INPUT ? 'standard input' : file;
  const text = readEvidence(file === STANDARD_INPUT ? 0 : resolve(host.cwd, file), name);
  return { config, examined: await parseEvidenceFile(text, name), unexamined: [] };
}

function readEvidence(source: string | 0, name: string): string {
  try {
    return source === 0 ? readFileSync(source, 'utf8') : readRegularFile(source, name);
  } catch (error) {
    if (error instanceof UsageProblem) throw error;
    if (errorCode(error) === 'EISDIR')
      throw new UsageProblem(`--from needs a file, and ${quote(name)} is a folder.`);
    throw new UsageProblem(`--from: ${whyUnreachable(String(source), name, error)}`, { cause: error });
  }
}

function readRegularFile(path: string, name: string): string {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    if (size <= LARGEST_EVIDENCE_FILE_BYTES) return readFileSync(fd, 'utf8');
    throw new UsageProblem(
      `${quote(name)} has ${formatBytes(size)}, which no evidence file has: --from reads what dblock doctor --evidence FILE has saved.`,
    );
  } finally {
    closeSync(fd);
  }
}
