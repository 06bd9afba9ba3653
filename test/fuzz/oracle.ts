/** What must hold of every diagnosis, whatever the files are. */
import Database from 'better-sqlite3';
import type { Outcome } from '../../src/doctor/examine.js';
import { type Evidence, evidenceShape } from '../../src/doctor/shapes.js';
import type { Diagnosis } from './diagnose.js';

/** What is wrong with it; none if all is well. */
export function faultsOf(diagnosis: Diagnosis): string[] {
  return diagnosis.kind === 'refused' ? [] : diagnosis.outcomes.flatMap(faultsOfOutcome);
}

/** What is saved must be what can be read again. */
export function faultsOfEvidence(evidence: Evidence | null): string[] {
  if (evidence === null) return [];
  const parsed = evidenceShape.safeParse(JSON.parse(JSON.stringify(evidence)));
  if (parsed.success) return [];
  const [issue] = parsed.error.issues;
  return [`evidence that its own schema refuses: ${issue?.path.join('.')}: ${issue?.message}`];
}

function faultsOfOutcome(outcome: Outcome): string[] {
  if (outcome.outcome === 'crashed') return [`${outcome.id} crashed: ${outcome.reason}`];
  const badNumber = 'facts' in outcome ? findBadNumber(outcome.facts, outcome.id) : null;
  const badText = outcome.outcome === 'found' ? findBadText(outcome) : null;
  return [badNumber, badText].filter((fault) => fault !== null);
}

/** No count, size or time is negative, and none is NaN or infinite. */
function findBadNumber(value: unknown, place: string): string | null {
  if (typeof value === 'number') return value >= 0 && Number.isFinite(value) ? null : `${place} is ${value}`;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, part] of Object.entries(value)) {
    const found = findBadNumber(part, `${place}.${key}`);
    if (found) return found;
  }
  return null;
}

function findBadText({ id, summary, remedy }: Extract<Outcome, { outcome: 'found' }>): string | null {
  const texts = [summary, remedy.text, ...remedy.commands];
  const bad = texts.find((text) =>
    /\b(?:NaN|undefined|Infinity|object Object)\b|(?<!\w)-\d+ (?:frame|page|byte|row)/.test(text),
  );
  return bad === undefined ? null : `${id} says: ${bad}`;
}

/** How SQLite answers: `null` if it reads the header, else its code. */
export type Answer = string | null;

/** Asks SQLite for a value that stands in the header, and for none that needs the schema. It may change the files. */
export function askSqlite(path: string, options: { readonly mayWrite: boolean }): Answer {
  try {
    const connection = new Database(path, { readonly: !options.mayWrite, timeout: 0 });
    try {
      connection.pragma('user_version');
      return null;
    } finally {
      connection.close();
    }
  } catch (error) {
    return error instanceof Database.SqliteError ? `${error.code}: ${error.message}` : String(error);
  }
}
