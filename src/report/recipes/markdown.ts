/** Recipes as Markdown: for a wiki, an issue, or a pull request. */
import type { Detection } from '../../recipes/detect.js';
import type { Part } from '../../recipes/jobs.js';
import type { Recipe } from '../../recipes/recipe.js';
import { detectedText, proofSentence, proofWords } from './prose.js';

export function renderRecipe(recipe: Recipe, part: Part, code: string): string {
  const parts = [
    `# ${inline(recipe.title)}`,
    `${inline(recipe.holdsFrom)} or newer. Save it as \`${recipe.saveAs}\`.`,
    `\`\`\`${recipe.language}\n${code.trimEnd()}\n\`\`\``,
    `## To use it\n\n${list(recipe.steps)}`,
    `## With an older version\n\n${inline(recipe.below)}`,
    `## How it is known\n\n${list([proofSentence(recipe, part), `Without it: ${recipe.naive}`])}`,
    `## Sources\n\n${recipe.sources.map((source) => `- ${linked(source)}`).join('\n')}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

export function renderList(recipes: readonly Recipe[], detected: readonly Detection[]): string {
  const rows = recipes.map((recipe) => {
    const { id, title, holdsFrom } = recipe;
    return `| \`${id}\` | ${cell(title)} | ${cell(holdsFrom)} | ${cell(proofWords(recipe))} |`;
  });
  const table = ['| recipe | for | from | |', '| --- | --- | --- | --- |', ...rows].join('\n');
  const here = detected.map((one) => `- ${inline(detectedText(one))}`).join('\n');
  return `${detected.length === 0 ? table : `${table}\n\n## In this folder\n\n${here}`}\n`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${inline(item)}`).join('\n');
}

function linked(source: string): string {
  return source.startsWith('https://') ? `<${source}>` : inline(source);
}

function inline(text: string): string {
  return text.replace(/[\\`*_<>[\]]/g, '\\$&');
}

function cell(text: string): string {
  return inline(text).replaceAll('|', '\\|');
}
