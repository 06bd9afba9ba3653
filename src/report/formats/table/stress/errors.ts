/** What went wrong: each kind of error with the reason why the busy timeout did or did not help. */
import type { RunResult, StressError } from '../../../../stress/run-shapes.js';
import { formatCount } from '../../../../units.js';
import { classText, spanText } from '../../../stress/texts.js';
import { type Page, prose } from '../page.js';
import { gridLines } from './grid.js';

const HEADS = ['count', 'class', 'code', 'during', 'after'] as const;

export function errorLines(page: Page, { errors }: RunResult): string[] {
  if (errors.length === 0) return ['  none'];
  const rows = errors.map(errorRow);
  const [head = '', ...lines] = gridLines([HEADS, ...rows], ['right', 'left', 'left', 'left', 'left']);
  return [
    page.style.dim(`  ${head}`),
    ...errors.flatMap((error, index) => [`  ${lines[index] ?? ''}`, ...reasonLines(page, error)]),
  ];
}

function errorRow(error: StressError): string[] {
  const { count, code, phase } = error;
  return [formatCount(count), classText(error.class), code, phase, spanText(error)];
}

function reasonLines(page: Page, { sentence, explain }: StressError): string[] {
  const more = explain === null ? '' : ` More: dblock explain ${explain}`;
  return prose(page, `${sentence}${more}`, 9);
}
