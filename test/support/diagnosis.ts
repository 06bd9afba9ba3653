/** What `dblock doctor` says of databases, read from its JSON. */
import { runDblock } from './dblock.js';

export interface Diagnosis {
  readonly status: number;
  readonly verdict: string;
  /** `warning: wal-reset-bug`, in the order of the report; of every database. */
  readonly findings: readonly string[];
  readonly crashed: readonly string[];
  readonly processes: readonly DescribedProcess[];
  readonly summaries: Readonly<Record<string, string>>;
}

export interface DescribedProcess {
  readonly pid: number;
  readonly command: readonly string[];
  /** Of each SQLite in it. */
  readonly sqliteVersions: readonly (string | null)[];
}

interface JsonOutcome {
  readonly id: string;
  readonly outcome: string;
  readonly severity: string;
  readonly summary: string;
}

interface JsonProcess {
  readonly pid: number;
  readonly command: { readonly value?: readonly string[] };
  readonly sqlite_libraries: { readonly value?: readonly { readonly version: string | null }[] };
}

interface JsonDatabase {
  readonly outcomes: readonly JsonOutcome[];
  readonly evidence: { readonly processes: readonly JsonProcess[] };
}

/** Runs the built `doctor` with `--fail-on warning`. @throws if it wrote to stderr or could not examine something */
export async function diagnose(...databases: readonly string[]): Promise<Diagnosis> {
  const run = await runDblock(['doctor', ...databases, '--format', 'json', '--fail-on', 'warning']);
  if (run.stderr !== '' || run.status === 2) throw new Error(`status ${run.status}: ${run.stderr}`);
  const report: { verdict: string; databases: JsonDatabase[] } = JSON.parse(run.stdout);
  const outcomes = report.databases.flatMap((database) => database.outcomes);
  const found = outcomes.filter(({ outcome }) => outcome === 'found');
  return {
    status: run.status,
    verdict: report.verdict,
    findings: found.map(({ severity, id }) => `${severity}: ${id}`),
    crashed: outcomes.filter(({ outcome }) => outcome === 'crashed').map(({ id }) => id),
    processes: report.databases.flatMap(({ evidence }) => evidence.processes.map(describeProcess)),
    summaries: Object.fromEntries(found.map(({ id, summary }) => [id, summary])),
  };
}

function describeProcess({ pid, command, sqlite_libraries: libraries }: JsonProcess): DescribedProcess {
  return {
    pid,
    command: command.value ?? [],
    sqliteVersions: (libraries.value ?? []).map(({ version }) => version),
  };
}
