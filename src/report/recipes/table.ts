/** Recipes for the terminal: the notes beside the code, and the list. */
import type { Detection } from '../../recipes/detect.js';
import type { Part } from '../../recipes/jobs.js';
import type { Recipe } from '../../recipes/recipe.js';
import { visibleWidth, widest, wrap } from '../layout.js';
import { styleOf } from '../style.js';
import type { Terminal } from '../terminal.js';
import { detectedText, proofSentence, proofWords } from './prose.js';

/** Wider than this no prose is set: the eye loses the line. */
const WIDEST_TEXT = 100;

/** What to know about a recipe, to follow its code. */
export function renderNotes(recipe: Recipe, part: Part, terminal: Terminal): string {
  const { bold } = styleOf(terminal);
  const columns = Math.min(terminal.columns, WIDEST_TEXT);
  const block = (heading: string, lines: readonly string[]) => [bold(heading), ...lines];
  const list = (items: readonly string[]) => items.flatMap((item) => wrap(item, columns, '  - ', '    '));
  const parts = [
    wrap(`${recipe.title}: ${recipe.holdsFrom} or newer. Save it as ${recipe.saveAs}.`, columns).map(bold),
    block('To use it', list(recipe.steps)),
    block('With an older version', wrap(recipe.below, columns, '  ')),
    block('How it is known', list([proofSentence(recipe, part), `Without it: ${recipe.naive}`])),
    block('Sources', list(recipe.sources)),
  ];
  return `\n${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The recipes with how they are known to work, and those that fit the current folder. */
export function renderList(
  recipes: readonly Recipe[],
  detected: readonly Detection[],
  terminal: Terminal,
): string {
  const { bold, command, dim } = styleOf(terminal);
  const columns = Math.min(terminal.columns, WIDEST_TEXT);
  const width = widest(recipes.map(({ id }) => id)) + 2;
  const lines = recipes.flatMap((recipe) => {
    const label = `  ${recipe.id.padEnd(width)}`;
    const text = `${recipe.title}, from ${recipe.holdsFrom} on; ${proofWords(recipe)}`;
    return wrap(text, columns, label, ' '.repeat(visibleWidth(label)));
  });
  const parts = 'Each has two parts: the connections, and with --part jobs workers that claim each job once.';
  const here =
    detected.length === 0
      ? wrap('No manifest in this folder names a stack that has a recipe.', columns).map(dim)
      : [
          bold('In this folder'),
          ...detected.flatMap((one) => [
            `  ${detectedText(one)}: ${command(`dblock recipe ${one.recipe.id}`)}`,
          ]),
        ];
  return `${[[bold('Recipes: connection code to paste'), ...lines], wrap(parts, columns), here]
    .map((part) => part.join('\n'))
    .join('\n\n')}\n`;
}
