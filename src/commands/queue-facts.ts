/** What `doctor` says of job queues: the plan of requeue-orphans on an image of the database, reduced to counts and ids. */
import type { QueueDocument } from '../config.schema.js';
import { foreignSigns } from '../doctor/foreign-signs.js';
import { lastSample, trustedIndex } from '../doctor/questions.js';
import type { Evidence, QueueFacts } from '../doctor/shapes.js';
import { type Known, known, unknown } from '../known.js';
import { bindQueue } from '../queue/bind.js';
import { mainTable } from '../queue/detect.js';
import { type ExamineRequest, examineQueue } from '../queue/examine.js';
import type { Preset } from '../queue/preset.js';
import { presets } from '../queue/presets/index.js';
import type { QueueReport } from '../queue/shapes.js';
import { SqliteFailure } from '../sqlite/failure.js';
import { readImage } from '../sqlite/image.js';
import { openRows } from '../sqlite/row-connection.js';
import type { Bytes } from '../units.js';
import type { Host } from './host.js';
import { chooseQueues } from './requeue/choose.js';
import { factsFrom } from './requeue/world.js';

/** It is in memory twice for a moment. `requeue-orphans` reads larger ones, from a private copy. */
const MOST_IMAGE_BYTES: Bytes = 64 * 2 ** 20;
const MOST_IDS = 5;
/** Ids may be any text. */
const LONGEST_ID = 100;

const REQUEST: ExamineRequest = {
  wish: {
    ...{ zone: null, olderThanMs: null, stopped: false, force: false },
    ...{ mode: 'requeue', onExhausted: 'fail', refund: true },
  },
  filter: { queues: [], ids: [] },
  limit: null,
  includeLockFailures: false,
  examples: MOST_IDS,
};

/** Leaves no trace on the database. Unknown, with the reason, where its rows cannot be read so. */
export async function readQueueFacts(
  evidence: Evidence,
  declared: readonly QueueDocument[],
  host: Host,
): Promise<Known<QueueFacts[]>> {
  if (!mayHaveQueue(evidence, declared)) return known([]);
  const image = imageOf(evidence);
  if (!image.known) {
    return unknown(`its rows could not be read: ${image.reason}; dblock requeue-orphans may be able to`);
  }
  const connection = await openRows(image.value, { readOnly: true, busyTimeoutMs: 0 });
  try {
    const choice = chooseQueues(connection, { preset: null, table: null, told: null, declared });
    // a guess is worth a preview, and no finding
    const found = choice.guessed ? [] : choice.found.filter(({ preset }) => claimsJobs(preset));
    const facts = factsFrom(evidence, host);
    return known(
      found.map((queue) =>
        toFacts(examineQueue(connection, bindQueue(queue), facts, REQUEST), mainTable(queue).name),
      ),
    );
  } catch (error) {
    if (error instanceof SqliteFailure) return unknown(`SQLite refused to read its rows: ${error.message}`);
    throw error;
  } finally {
    connection.close();
  }
}

function claimsJobs({ claims }: Preset): boolean {
  return claims !== undefined && claims.rowsAre === undefined;
}

function toFacts(report: QueueReport, table: string): QueueFacts {
  const { preset, name, acts, orphans, alive, unknown: unsure, obstructed, ownRescue } = report;
  return {
    ...{ preset, name, table, acts, ownRescue },
    claimed: orphans.count + alive.count + unsure.count + obstructed.count,
    orphans: {
      count: orphans.count,
      ids: orphans.examples.slice(0, MOST_IDS).map(({ id }) => id.slice(0, LONGEST_ID)),
      proof: orphans.examples[0]?.because ?? null,
    },
    ...{ alive: alive.count, unknown: unsure.count },
  };
}

/** By the definitions alone: most databases have no queue, and then no row is read. */
function mayHaveQueue({ schemaObjects }: Evidence, declared: readonly QueueDocument[]): boolean {
  if (!schemaObjects.known) return false;
  const tables = schemaObjects.value.filter(({ type }) => type === 'table');
  return tables.some(({ name, sql }) => {
    const definition = (sql ?? '').toLowerCase();
    const isDeclared = declared.some(({ table }) => table.toLowerCase() === name.toLowerCase());
    return (
      isDeclared || claimColumns.some((columns) => columns.every((column) => definition.includes(column)))
    );
  });
}

/** Of the table whose rows are claims, in lower case. */
const claimColumns: readonly (readonly string[])[] = presets.filter(claimsJobs).flatMap((preset) => {
  const rule = preset.claims ? preset.tables[preset.claims.table] : undefined;
  return rule ? [rule.columns.map((column) => column.toLowerCase())] : [];
});

function imageOf(evidence: Evidence): Known<Buffer> {
  const sample = lastSample(evidence);
  const { header, database } = sample;
  if (!header) return unknown('the database has 0 bytes');
  const foreign = foreignSigns(evidence);
  if (foreign.known && foreign.value.length > 0) {
    return unknown('the WAL belongs to another database (see foreign-wal)');
  }
  const index = trustedIndex(sample);
  return readImage(evidence.path, { header, index, fileBytes: database.bytes, mostBytes: MOST_IMAGE_BYTES });
}
