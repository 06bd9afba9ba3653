import type { Severity } from '../../../doctor/check.js';
import type { DoctorReport } from '../../report.js';
import type { CheckText } from '../format.js';
import { markdownText } from '../markdown/escape.js';
import { plainText } from './message.js';

export const LEVELS = {
  critical: 'error',
  warning: 'warning',
  info: 'note',
} as const satisfies Record<Severity, string>;

export interface Rule {
  readonly id: string;
}

/** All checks, in their order: a rule must not come and go with what was found. */
export function rulesOf({ databases }: DoctorReport, checks: readonly CheckText[]): Rule[] {
  const known = new Set(checks.map(({ id }) => id));
  const used = new Set(databases.flatMap(({ outcomes }) => outcomes.map(({ id }) => id)));
  return [...checks.map(ruleOf), ...[...used].filter((id) => !known.has(id)).map((id) => ({ id }))];
}

function ruleOf({ id, title, why, severity, sources }: CheckText): Rule {
  const page = sources.find(isAddress);
  const rule = {
    id,
    shortDescription: { text: plainText([title]) },
    fullDescription: { text: plainText([why]) },
    defaultConfiguration: { level: LEVELS[severity] },
    ...(page === undefined ? {} : { helpUri: page }),
    help: {
      text: plainText([why, '', `More: dblock explain ${id}`, 'Sources:', ...sources]),
      markdown: [
        markdownText(why),
        '',
        `More: \`dblock explain ${id}\``,
        '',
        ...sources.map((source) => `- ${isAddress(source) ? `<${source}>` : markdownText(source)}`),
      ].join('\n'),
    },
  };
  return rule;
}

function isAddress(source: string): boolean {
  return /^https:\/\/\S+$/.test(source);
}
