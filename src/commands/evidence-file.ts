/** Evidence as a file: what `--evidence` writes and `--from` reads. */
import type { Evidence } from '../doctor/shapes.js';
import { quote, UsageProblem } from '../problem.js';
import { camelKeys, snakeKeys, snakeName } from '../report/snake-case.js';
import type { Bytes } from '../units.js';
import type { Examined } from './gather.js';
import { withoutPeople } from './redact.js';

export const EVIDENCE_FILE_SCHEMA = 'dblock.evidence-file/1';

/** Far above what a machine with thousands of databases gives; a larger file is no evidence of ours. */
export const LARGEST_EVIDENCE_FILE_BYTES: Bytes = 256 * 1024 * 1024;

export interface SaveOptions {
  /** Of dblock. */
  readonly version: string;
  /** Command lines and user names are left out unless asked for. */
  readonly includeProcesses: boolean;
}

/** The text of an evidence file: no rows, no environment; JSON in snake_case, as the schema that ships says. */
export function formatEvidenceFile(
  examined: readonly Examined[],
  { version, includeProcesses }: SaveOptions,
): string {
  const databases = examined.map(({ given, evidence }) => ({
    given,
    evidence: includeProcesses ? evidence : withoutPeople(evidence),
  }));
  const file = { schema: EVIDENCE_FILE_SCHEMA, tool: { name: 'dblock', version }, databases };
  return `${JSON.stringify(snakeKeys(file), null, 2)}\n`;
}

/**
 * Reads it back, on any platform.
 * @param name of the file, for messages
 * @throws UsageProblem for anything that is not an evidence file of a version that this dblock knows
 */
export async function parseEvidenceFile(text: string, name: string): Promise<Examined[]> {
  const document = parseDocument(text, name);
  const { evidenceFileShape } = await import('../report/shapes.js');
  const result = evidenceFileShape.safeParse(camelCased(document, name));
  if (result.success) return result.data.databases.map(toExamined);
  const [issue] = result.error.issues;
  const place = issue?.path.map((part) => snakeName(String(part))).join('.') ?? '';
  throw new UsageProblem(
    `${quote(name)} is not valid evidence: ${place === '' ? '' : `${quote(place)}: `}${issue?.message}. Save it again with dblock doctor --evidence.`,
    { cause: result.error },
  );
}

function toExamined({ given, evidence }: { given: string; evidence: Evidence }): Examined {
  return { path: evidence.path, given, evidence };
}

function parseDocument(text: string, name: string): object {
  const document = parseJson(text, name);
  if (typeof document !== 'object' || document === null) throw foreign(name);
  const schema = 'schema' in document ? document.schema : null;
  if (schema === EVIDENCE_FILE_SCHEMA) return document;
  if (typeof schema === 'string' && /^dblock\.evidence-file\/\d+$/.test(schema)) {
    throw new UsageProblem(
      `${quote(name)} was saved in the format ${quote(schema)}, and this dblock reads ${quote(EVIDENCE_FILE_SCHEMA)}: use the dblock that saved it, or a newer one.`,
    );
  }
  throw foreign(name);
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageProblem(
      `${quote(name)} is not JSON, or was cut off: save it again with dblock doctor --evidence.`,
      { cause: error },
    );
  }
}

function camelCased(document: object, name: string): unknown {
  try {
    return camelKeys(document);
  } catch (error) {
    if (error instanceof RangeError) throw foreign(name); // nested until the stack ends, which no evidence is
    throw error;
  }
}

function foreign(name: string): UsageProblem {
  return new UsageProblem(
    `${quote(name)} is not an evidence file of dblock: --from reads what dblock doctor --evidence FILE has saved.`,
  );
}
