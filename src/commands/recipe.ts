import { didYouMean } from '../nearest.js';
import { quote, UsageProblem } from '../problem.js';
import { codeOf } from '../recipes/code.js';
import { type Detection, detect } from '../recipes/detect.js';
import { recipes } from '../recipes/index.js';
import { PARTS, type Part, partOf } from '../recipes/jobs.js';
import { everyName, recipesNamed } from '../recipes/lookup.js';
import type { Recipe } from '../recipes/recipe.js';
import { terminalOf } from '../report/terminal.js';
import type { Host } from './host.js';
import { checkNewFile, writeNewFile } from './new-file.js';
import { findManifests } from './recipe/manifests.js';
import { ownVersion } from './tool.js';

export interface RecipeOptions {
  readonly format: string;
  readonly part: string;
  readonly write?: string;
  readonly color: boolean;
}

/**
 * `dblock recipe [stack]`: the code of a stack to standard output and nothing else, so that it can be redirected into
 * a file; what to know about it to standard error. Without a stack, the list.
 */
export async function recipe(stack: string | undefined, options: RecipeOptions, host: Host): Promise<0> {
  const format = readRecipeFormat(options.format);
  const part = readPart(options.part);
  const chosen = (stack === undefined ? recipes : recipesFor(stack)).map((one) => partOf(one, part));
  const [only, ...others] = chosen;
  if (stack !== undefined && only !== undefined && others.length === 0) {
    await (options.write === undefined
      ? print(only, part, format, options, host)
      : write(only, part, options.write, format, host));
    return 0;
  }
  if (options.write !== undefined) throw new UsageProblem(whichToWrite(stack, chosen));
  await list(chosen, part, stack ?? null, format, options, host);
  return 0;
}

function readPart(name: string): Part {
  const found = PARTS.find((part) => part === name);
  if (found) return found;
  throw new UsageProblem(
    `A recipe has no part ${quote(name)}: its parts are ${PARTS.join(' and ')}.${didYouMean(name, PARTS)}`,
  );
}

const RECIPE_FORMATS = ['table', 'markdown', 'json'] as const;
type RecipeFormat = (typeof RECIPE_FORMATS)[number];

function readRecipeFormat(name: string): RecipeFormat {
  const found = RECIPE_FORMATS.find((format) => format === name);
  if (found) return found;
  throw new UsageProblem(
    `recipe has no format ${quote(name)}: it can print table, markdown or json.${didYouMean(name, RECIPE_FORMATS)}`,
  );
}

function recipesFor(stack: string): readonly Recipe[] {
  const found = recipesNamed(stack, recipes);
  if (found.length > 0) return found;
  const hint = didYouMean(stack, everyName(recipes));
  throw new UsageProblem(`There is no recipe for ${quote(stack)}.${hint} dblock recipe lists all recipes.`);
}

function whichToWrite(stack: string | undefined, chosen: readonly Recipe[]): string {
  if (stack === undefined) return '--write saves the recipe of one stack: name it. dblock recipe lists them.';
  const ids = chosen.map(({ id }) => id).join(', ');
  return `${quote(stack)} stands for several recipes, and --write saves one: ${ids}.`;
}

/** The code alone goes to standard output, on a terminal too: what is copied from there is what was tested. */
async function print(
  chosen: Recipe,
  part: Part,
  format: RecipeFormat,
  options: RecipeOptions,
  host: Host,
): Promise<void> {
  const code = codeOf(chosen);
  switch (format) {
    case 'json': {
      host.stdout.write(await json([chosen], part, chosen.id, []));
      return;
    }
    case 'markdown': {
      const { renderRecipe } = await import('../report/recipes/markdown.js');
      host.stdout.write(renderRecipe(chosen, part, code));
      return;
    }
    case 'table': {
      const { renderNotes } = await import('../report/recipes/table.js');
      host.stdout.write(code);
      host.stderr.write(renderNotes(chosen, part, terminalOf(host.stderr, host.env, options)));
    }
  }
}

async function write(
  chosen: Recipe,
  part: Part,
  given: string,
  format: RecipeFormat,
  host: Host,
): Promise<void> {
  if (format !== 'table')
    throw new UsageProblem('--write saves the code as it is, without a format: leave --format away.');
  const file = checkNewFile('--write', given, host.cwd);
  const code = codeOf(chosen);
  writeNewFile(file, code);
  const { renderNotes } = await import('../report/recipes/table.js');
  const lines = code.trimEnd().split('\n').length;
  host.stderr.write(`Wrote ${quote(given)}, ${lines} lines.\n`);
  host.stderr.write(renderNotes(chosen, part, terminalOf(host.stderr, host.env, { color: false })));
}

async function list(
  chosen: readonly Recipe[],
  part: Part,
  query: string | null,
  format: RecipeFormat,
  options: RecipeOptions,
  host: Host,
): Promise<void> {
  const { found, unreadable } = findManifests(host.cwd);
  const detected = detect(found, chosen);
  for (const file of unreadable) host.stderr.write(`${file} could not be read, and was not looked at.\n`);
  switch (format) {
    case 'json':
      host.stdout.write(await json(chosen, part, query, detected));
      return;
    case 'markdown': {
      const { renderList } = await import('../report/recipes/markdown.js');
      host.stdout.write(renderList(chosen, detected));
      return;
    }
    case 'table': {
      const { renderList } = await import('../report/recipes/table.js');
      host.stdout.write(renderList(chosen, detected, terminalOf(host.stdout, host.env, options)));
    }
  }
}

async function json(
  chosen: readonly Recipe[],
  part: Part,
  query: string | null,
  detected: readonly Detection[],
): Promise<string> {
  const { renderRecipes } = await import('../report/recipes/json.js');
  const tool = { name: 'dblock', version: ownVersion() } as const;
  const withCode = chosen.map((recipe) => ({ ...recipe, code: codeOf(recipe) }));
  return renderRecipes({ tool, query, part, detected, recipes: withCode });
}
