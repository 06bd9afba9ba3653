/** What the owner of the application says about its connections; the kernel does not show it. */
import { type Inspection, skipped } from './check.js';
import type { DeclaredConnections, Evidence } from './shapes.js';

/** As the configuration spells them (config.schema.ts). */
const CONFIG_KEYS = {
  busyTimeoutMs: 'busy_timeout_ms',
  begin: 'begin',
  synchronous: 'synchronous',
  autocheckpointPages: 'autocheckpoint_pages',
  persistent: 'persistent',
} as const satisfies Record<keyof DeclaredConnections, string>;

/** Looks if the setting is declared. */
export function ifDeclared<K extends keyof DeclaredConnections, F>(
  { declared: { connections } }: Evidence,
  key: K,
  look: (value: NonNullable<DeclaredConnections[K]>) => Inspection<F>,
): Inspection<F> {
  const value = connections?.[key] ?? null;
  if (value !== null) return look(value);
  // one reason for all where nothing is declared: it is told once
  const isAnyDeclared = Object.values(connections ?? {}).some((setting) => setting !== null);
  const what = isAnyDeclared ? `connections.${CONFIG_KEYS[key]}` : 'the settings of connections';
  return skipped(
    `declare ${what} in dblock.config.json; nobody outside can see ${isAnyDeclared ? 'it' : 'them'}`,
  );
}
