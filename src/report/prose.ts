import type { Remedy } from '../doctor/check.js';
import { isPrintable, sanitise } from './sanitise.js';

/** What a check means, in words that outcomes do not repeat. */
export interface Prose {
  readonly title: string;
  readonly why: string;
}

/** By the id of a check; one without prose is called by its id. */
export function proseOf(checks: readonly (Prose & { readonly id: string })[]): (id: string) => Prose {
  const texts = new Map(checks.map((check) => [check.id, check]));
  return (id) => texts.get(id) ?? { title: id, why: '' };
}

/** About a check that crashed. */
export const CRASHED =
  'What it looks for may be there or not. This is a fault of dblock: please report it with the output of --format json.';

/** Stands where a command would have to be changed to be shown. */
export const HIDDEN_COMMAND = '(a command with control characters: see --format json)';

/** What leads to the command of a finding that dblock can repair. */
export const FIX_LEAD = 'Or let dblock do it, with a backup before and a second diagnosis after:';

/** What leads to the commands of a remedy; `null` if it has neither text nor commands. */
export function remedyLead({ text, commands }: Remedy): string | null {
  if (text !== '') return text;
  return commands.length > 0 ? 'Run:' : null;
}

/** Commands as they are, to be pasted: one that could not be shown as it is would do something else. */
export function shownCommands({ commands }: Remedy): string[] {
  return commands.map((command) => (isPrintable(command) ? command : HIDDEN_COMMAND));
}

/** Printable lines of plain text. */
export function remedyLines(remedy: Remedy, indent = ''): string[] {
  const lead = remedyLead(remedy);
  const commands = shownCommands(remedy).map((command) => indent + command);
  return lead === null ? commands : [sanitise(`Do: ${lead}`), ...commands];
}
