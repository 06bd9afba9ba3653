/** Workflow commands of GitHub Actions. */
import { shortPath } from '../location.js';
import { sanitise } from '../sanitise.js';

export type Level = 'error' | 'warning' | 'notice';

export interface Annotation {
  readonly level: Level;
  /** Absolute; `null`: it belongs to no file. */
  readonly path: string | null;
  readonly title: string;
  readonly lines: readonly string[];
}

/** A line that makes the runner annotate the run, or a file of it. */
export function workflowCommand({ level, path, title, lines }: Annotation, cwd: string): string {
  const file = path === null ? '' : `file=${escapeProperty(sanitise(shortPath(cwd, path)))},`;
  const text = escapeData(lines.map(sanitise).join('\n'));
  return `::${level} ${file}title=${escapeProperty(sanitise(title))}::${text}`;
}

/** As the runner undoes it (actions/toolkit, packages/core/src/command.ts). */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
