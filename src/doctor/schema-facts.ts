import { type Known, known, unknown } from '../known.js';
import {
  type EmptySchema,
  LONGEST_SQL,
  MOST_REBUILT,
  TooManyQuestions,
  withEmptySchema,
} from '../sqlite/rebuild.js';
import type { SchemaObject } from '../sqlite/shapes.js';
import { formatCount } from '../units.js';
import { claimFacts } from './claim-facts.js';
import { foreignKeyFacts } from './foreign-key-facts.js';
import type { SchemaFacts } from './shapes.js';

const NOTHING: SchemaFacts = { foreignKeys: [], claims: [], leftOut: [] };

/**
 * What the tables and indexes say about the queries of the application, asked of a copy of the schema without rows.
 * SQLite is loaded only for a schema with something to ask about.
 */
export async function readSchemaFacts(objects: Known<SchemaObject[]>): Promise<Known<SchemaFacts>> {
  if (!objects.known) return objects;
  const needed = neededObjects(objects.value);
  if (needed.length === 0) return known(NOTHING);
  if (needed.length > MOST_REBUILT) {
    const counts = `${formatCount(needed.length)} tables and indexes`;
    return unknown(
      `dblock rebuilds at most ${formatCount(MOST_REBUILT)} definitions, and ${counts} matter here`,
    );
  }
  const takenNames = new Set(objects.value.map(({ name }) => name.toLowerCase()));
  try {
    return known(await withEmptySchema(needed, (schema) => examineSchema(schema, takenNames)));
  } catch (error) {
    if (error instanceof TooManyQuestions) return unknown(error.message);
    return unknown(`the schema could not be rebuilt: ${error instanceof Error ? error.message : error}`);
  }
}

function examineSchema(schema: EmptySchema, takenNames: ReadonlySet<string>): SchemaFacts {
  const rows = schema.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  const tables = rows.map(([name]) => String(name)).filter((name) => !name.startsWith('sqlite_'));
  const doubtful = new Set(schema.leftOut.map(({ table }) => table));
  const examined = { schema, takenNames, doubtful };
  const foreignKeys = foreignKeyFacts(examined, tables);
  return { foreignKeys, claims: claimFacts(examined, tables), leftOut: [...schema.leftOut] };
}

/** A child of a foreign key, or perhaps a queue. The words may also stand elsewhere in a definition: that costs time only. */
const INTERESTING = /\b(?:REFERENCES|status|state)\b/i;

/** To rebuild everything would take long for a large schema: tables that matter, the parents, and their indexes. */
function neededObjects(objects: readonly SchemaObject[]): SchemaObject[] {
  const interesting = objects.filter(({ type, sql }) => type === 'table' && INTERESTING.test(sql ?? ''));
  const names = new Set(interesting.flatMap(({ name, sql }) => [name, ...parentsIn(sql ?? '')]).map(fold));
  // without a root page: a virtual table, which has neither foreign keys nor indexes
  return objects.filter(
    ({ type, tableName, rootPage }) =>
      (type === 'table' || type === 'index') && rootPage > 0 && names.has(fold(tableName)),
  );
}

/** Quoted names are cut off after 200 characters: looking for quotes that are never closed would take for ever. */
const REFERENCE =
  /\bREFERENCES\s+(?:"((?:[^"]|""){0,200})"|`((?:[^`]|``){0,200})`|\[([^\]]{0,200})\]|'((?:[^']|''){0,200})'|([^\s(,);]+))/gi;

/** None in a definition that is too long to be rebuilt. */
function parentsIn(sql: string): string[] {
  if (sql.length > LONGEST_SQL) return [];
  return [...sql.matchAll(REFERENCE)].map(([, double, back, bracket, single, bare]) => {
    const quoted = double?.replaceAll('""', '"') ?? back?.replaceAll('``', '`');
    return quoted ?? bracket ?? single?.replaceAll("''", "'") ?? bare ?? '';
  });
}

/** SQLite ignores the case of ASCII letters in names, and of no others. */
function fold(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
