import { plural } from '../../units.js';
import { defineCheck, facts, inapplicable, type Remedy, skipped } from '../check.js';
import { listSome } from '../list-some.js';
import { sqlite3Command } from '../quote.js';
import { indexRepair } from '../repair/plans.js';
import { impossible, offered } from '../repair/rule.js';
import type { ForeignKey } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly foreignKeys: number;
  readonly unindexed: readonly ForeignKey[];
}

export const foreignKeyWithoutIndex = defineCheck<Facts>({
  id: 'foreign-key-without-index',
  title: 'A foreign key has no index',
  severity: 'info',
  group: 'schema',
  why: 'When a row is deleted, or its key changes, SQLite looks for rows that refer to it. Without an index on the referring columns it reads that whole table, once for each row deleted, while the transaction holds the write lock and all other writers wait. SQLite makes no such index by itself. It does not matter for tables that stay small, for parents that are never deleted, or where foreign keys are not enforced.',
  sources: [
    'https://www.sqlite.org/foreignkeys.html#fk_indexes',
    'https://www.sqlite.org/eqp.html',
    'fkey.c: fkScanChildren',
  ],
  guide: {
    meaning: 'A foreign key has no index on its columns that SQLite can use to look for referring rows.',
    certainty:
      'Proven by the schema: the look-up was tried on an empty copy of it. Whether it costs anything depends on the size of the table, on how often parents are deleted, and on whether foreign keys are enforced at all: that is a setting of each connection, which cannot be seen.',
    now: {
      text: 'If deletes are slow and hold up writers, create the index that the finding names.',
      commands: ['dblock doctor app.db --only foreign-key-without-index'],
    },
    later: 'Create an index with each foreign key whose parent rows are deleted or get new keys.',
  },
  inspect({ evidence: { path, schemaFacts } }) {
    if (!schemaFacts.known) return skipped(schemaFacts.reason);
    const { foreignKeys, leftOut } = schemaFacts.value;
    const unindexed = foreignKeys.filter(({ indexed }) => !indexed);
    const [first] = leftOut;
    if (unindexed.length === 0 && first) return skipped(`${first.name} cannot be examined: ${first.reason}`);
    if (foreignKeys.length === 0) return inapplicable('no table has a foreign key to one that is there');
    return facts({ path, foreignKeys: foreignKeys.length, unindexed });
  },
  verdict({ unindexed }) {
    return unindexed.length > 0 ? 'info' : 'clear';
  },
  summary({ path, foreignKeys, unindexed }) {
    const names = listSome(unindexed.map(nameOf));
    const all = `${unindexed.length} of ${plural(foreignKeys, 'foreign key')} in ${path}`;
    return `${all} ${unindexed.length === 1 ? 'has' : 'have'} no index that SQLite can use: ${names}. Each row deleted from the parent reads the whole child table.`;
  },
  remedy(found) {
    return remedyOf(found);
  },

  repair: {
    ids: ['foreign-key-without-index'],
    safety: 'either',
    summary:
      'Creates the indexes that the finding names, each proven on the empty schema, in one transaction each. By id only above 64 MiB, since writers wait meanwhile.',
    plan({ unindexed }, { evidence }) {
      const indexes = indexesOf(unindexed);
      if (indexes.length === 0)
        return impossible(
          'no index helps here: the column must first be declared with the type and the collation of the parent column',
        );
      return offered(evidence, [indexRepair('foreign-key-without-index', evidence, indexes)]);
    },
  },
});

/** `orders(customer_id) → customers`, with the action that runs it for many rows at once. */
function nameOf({ table, columns, parent, onDelete }: ForeignKey): string {
  const action = onDelete === 'NO ACTION' ? '' : `, ON DELETE ${onDelete}`;
  return `${table}(${columns.join(', ')}) → ${parent}${action}`;
}

function remedyOf({ path, unindexed }: Facts): Remedy {
  const indexes = indexesOf(unindexed);
  const hopeless = unindexed.filter(({ createIndex }) => createIndex === null);
  const texts = [];
  if (indexes.length > 0) {
    texts.push(
      'Create the index where parents are deleted or get new keys: as a migration, or here. Each was tried on the empty schema, and SQLite uses it. Creating one reads the table and holds the write lock meanwhile, and each index makes every insert a little dearer.',
    );
  }
  if (hopeless.length > 0) {
    texts.push(
      `No index helps ${listSome(hopeless.map(nameOf))}: the column must first be declared with the type and the collation of the parent's column.`,
    );
  }
  return { text: texts.join(' '), commands: indexes.map((sql) => sqlite3Command(path, sql)) };
}

function indexesOf(unindexed: readonly ForeignKey[]): string[] {
  return [...new Set(unindexed.flatMap(({ createIndex }) => createIndex ?? []))];
}
