import type { Detection } from '../../recipes/detect.js';
import type { Part } from '../../recipes/jobs.js';
import type { Recipe } from '../../recipes/recipe.js';

/** In a list: with what it was proven, which is not always the newest version. */
export function proofWords({ proof }: Recipe): string {
  return proof.kind === 'tested' ? `proven with ${proof.versions.split(', ')[0]}` : 'not run here';
}

const LOADS: Readonly<Record<Part, string>> = {
  connection:
    '8 processes × 200 writes, each selecting the next job before it updates it, beside a bulk writer: no error, every row there, no job claimed twice',
  jobs: '8 processes share 400 jobs beside a bulk writer: each claimed once and its end written, also after a lock that outlasted all tries',
};

/** How it is known that a recipe works, or that it is not. */
export function proofSentence({ proof }: Recipe, part: Part): string {
  const note = proof.note === '' ? '' : ` ${proof.note}`;
  switch (proof.kind) {
    case 'tested':
      return `Proven by a test: ${LOADS[part]} (${proof.versions}).${note}`;
    case 'by-hand':
      return `Not run here: dblock's tests do not have this software. The same test passed once, by hand: ${LOADS[part]} (${proof.versions}).${note}`;
    case 'not-run':
      return `Not run here: no test ran this code. It was written from the documentation and the source of the stack.${note}`;
  }
}

/** `django (manage.py)`. */
export function detectedText({ recipe, files }: Detection): string {
  return `${recipe.id} (${files.join(', ')})`;
}
