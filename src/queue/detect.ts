/** Which tables are a queue that dblock knows: by their columns, never by a name alone. Pure. */
import type { Preset, TableRule } from './preset.js';
import { findColumn, type Table } from './tables.js';

/** A preset and the tables that were found for its roles. */
export interface FoundQueue {
  readonly preset: Preset;
  readonly tables: Readonly<Record<string, Table>>;
}

/** Tables that fit several presets equally well: only the user can tell. */
export interface AmbiguousQueue {
  readonly table: string;
  readonly presets: readonly string[];
}

export interface Detection {
  readonly found: readonly FoundQueue[];
  readonly ambiguous: readonly AmbiguousQueue[];
}

export function detectQueues(tables: readonly Table[], presets: readonly Preset[]): Detection {
  const all = presets.flatMap((preset) => findPreset(preset, tables));
  const byTable = new Map<string, FoundQueue[]>();
  for (const queue of all) {
    const table = mainTable(queue).name;
    byTable.set(table, [...(byTable.get(table) ?? []), queue]);
  }
  const found: FoundQueue[] = [];
  const ambiguous: AmbiguousQueue[] = [];
  for (const [table, rivals] of byTable) {
    const best = mostSpecific(rivals);
    if (best.length === 1) found.push(...best);
    else ambiguous.push({ table, presets: best.map(({ preset }) => preset.id) });
  }
  return { found, ambiguous };
}

/** The table whose rows are the claims, or the first one. */
export function mainTable({ preset, tables }: FoundQueue): Table {
  const role = preset.claims?.table ?? Object.keys(preset.tables)[0] ?? '';
  const table = tables[role];
  if (!table) throw new Error(`${preset.id} has no table for ${role}`);
  return table;
}

/** A preset whose columns include all those of another is that one, said more exactly. */
function mostSpecific(rivals: readonly FoundQueue[]): FoundQueue[] {
  const most = Math.max(...rivals.map(columnCount));
  return rivals.filter((rival) => columnCount(rival) === most);
}

function columnCount({ preset, tables }: FoundQueue): number {
  return Object.keys(tables).reduce((sum, role) => sum + (preset.tables[role]?.columns.length ?? 0), 0);
}

/** One queue for each table that can be its main one; the other roles by the same prefix, or the only ones that fit. */
function findPreset(preset: Preset, tables: readonly Table[]): FoundQueue[] {
  const [firstRole = ''] = Object.keys(preset.tables);
  const role = preset.claims?.table ?? firstRole;
  const rule = preset.tables[role];
  if (!rule) return [];
  return tables
    .filter((table) => fits(table, rule) && !isNamedOtherwise(preset, role, table))
    .flatMap((main) => complete(preset, role, main, tables));
}

/** Tables of two roles may have the same columns: jobs, and an archive of those that are done. */
function isNamedOtherwise({ tables }: Preset, role: string, { name }: Table): boolean {
  return Object.entries(tables).some(
    ([other, { named }]) => other !== role && named.toLowerCase() === name.toLowerCase(),
  );
}

function complete(preset: Preset, role: string, main: Table, tables: readonly Table[]): FoundQueue[] {
  const bound: Record<string, Table> = { [role]: main };
  const mainRule = preset.tables[role];
  for (const [other, rule] of Object.entries(preset.tables)) {
    if (other === role || !mainRule) continue;
    const fitting = tables.filter((table) => table.name !== main.name && fits(table, rule));
    const chosen =
      fitting.find((table) => table.name === renamedLike(main.name, mainRule.named, rule.named)) ??
      fitting.find((table) => table.name.toLowerCase() === rule.named.toLowerCase()) ??
      (fitting.length === 1 ? fitting[0] : undefined);
    if (chosen) bound[other] = chosen;
    else if (!rule.optional) return [];
  }
  return [{ preset, tables: bound }];
}

function fits(table: Table, { columns, without = [], exactly }: TableRule): boolean {
  if (table.kind !== 'table' || (exactly && table.columns.length !== columns.length)) return false;
  const has = (name: string) => findColumn(table, name) !== undefined;
  return columns.every(has) && !without.some(has);
}

/** `app_jobs` is to `jobs` what `app_failed_jobs` is to `failed_jobs`. */
function renamedLike(actual: string, usual: string, otherUsual: string): string {
  return actual.endsWith(usual)
    ? actual.slice(0, -usual.length) + otherUsual
    : actual.replace(usual, otherUsual);
}
