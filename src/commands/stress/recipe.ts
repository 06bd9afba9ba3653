/** Which `dblock recipe` has what a comparison recommends: that of the stack whose packages the manifests here name. */
import { detect } from '../../recipes/detect.js';
import { recipes } from '../../recipes/index.js';
import type { Comparison } from '../../stress/comparison-shapes.js';
import { findManifests } from '../recipe/manifests.js';

export function recipeFor({ steps }: Comparison, cwd: string): Comparison['recipe'] {
  const parts = steps.flatMap(({ how }) => (how.kind === 'recipe' ? [how.part] : []));
  if (parts.length === 0) return null;
  // The part jobs uses the connections of the other.
  const commandsOf = (id: string) => [
    `dblock recipe ${id}`,
    ...(parts.includes('jobs') ? [`dblock recipe ${id} --part jobs`] : []),
  ];
  const detected = detect(findManifests(cwd).found, recipes);
  if (detected.length === 0)
    return {
      commands: ['dblock recipe'],
      reason: `No manifest here names a stack: the list has them all, such as ${commandsOf('python-sqlite3').join(' and ')}.`,
    };
  const files = [...new Set(detected.flatMap(({ files }) => files))].join(' and ');
  return {
    commands: detected.flatMap(({ recipe }) => commandsOf(recipe.id)),
    reason:
      detected.length === 1
        ? `As ${files} names it.`
        : `${files} name several: take the one whose connections open this database.`,
  };
}
