/** `--compare`: `all`, or names with commas between them; `a+b` are played together, `batch(50)` has a number. */
import type { RecommendedStep } from '../comparison-shapes.js';
import { type Misread, misread } from '../misread.js';
import type { Played } from '../played.js';
import { remedies } from './index.js';
import type { Remedy } from './remedy.js';

interface Dose {
  readonly remedy: Remedy;
  readonly number: number;
  /** As it is shown: with its number if that is not the usual one. */
  readonly name: string;
}

/** Remedies that are played together. */
export type Combination = readonly Dose[];

export interface Selection {
  readonly kind: 'selection';
  readonly combinations: readonly Combination[];
  /** `all`: what does not apply is left out; of those that were named, it is a mistake. */
  readonly all: boolean;
}

const MOST = 32;

export function parseSelection(text: string): Selection | Misread {
  if (text.trim() === 'all') {
    return { kind: 'selection', all: true, combinations: remedies.map((remedy) => [usualDose(remedy)]) };
  }
  const combinations: Combination[] = [];
  for (const part of text.split(',')) {
    const doses = part.split('+').map(parseDose);
    const wrong = doses.find((dose) => 'kind' in dose);
    if (wrong !== undefined && 'kind' in wrong) return wrong;
    combinations.push(doses.flatMap((dose) => ('kind' in dose ? [] : [dose])));
  }
  // a+b is b+a
  const names = combinations.map((combination) =>
    combination
      .map(({ name }) => name)
      .sort()
      .join('+'),
  );
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return misread(`${twice} is named twice.`);
  if (combinations.length > MOST) return misread(`More than ${MOST} remedies are not compared at once.`);
  return { kind: 'selection', all: false, combinations };
}

function usualDose(remedy: Remedy): Dose {
  return { remedy, number: remedy.parameter?.usual ?? 0, name: remedy.id };
}

function parseDose(text: string): Dose | Misread {
  const [, id = '', brackets, given = ''] = /^\s*([^(]*?)\s*(\(\s*(.*?)\s*\)?\s*)?$/.exec(text) ?? [];
  if (id === '') return misread('It names nothing before, between or after a comma or a +.');
  if (id.toLowerCase() === 'all') return misread('"all" stands alone: it has every remedy.');
  const remedy = remedies.find((candidate) => candidate.id === id.toLowerCase());
  if (remedy === undefined) {
    const candidates = remedies.map((candidate) => candidate.id);
    return misread(`There is no remedy "${id}": there are ${candidates.join(', ')}, and all.`, {
      given: id,
      candidates,
    });
  }
  if (brackets === undefined) return usualDose(remedy);
  const { parameter } = remedy;
  if (parameter === null) return misread(`${remedy.id} takes no number.`);
  const number = /^\d{1,12}$/.test(given) ? Number(given) : Number.NaN;
  if (!(number >= parameter.least && number <= parameter.most) || !brackets.trimEnd().endsWith(')'))
    return misread(
      `${remedy.id}(${parameter.name}) takes a number from ${parameter.least} to ${parameter.most}, such as ${remedy.id}(${parameter.usual}).`,
    );
  const name = number === parameter.usual ? remedy.id : `${remedy.id}(${number})`;
  return { remedy, number, name };
}

/** What it changes, and how an application gets it. */
export function stepsOf(combination: Combination): RecommendedStep[] {
  return combination.map(({ name, remedy: { title, how } }) => ({ id: name, title, how }));
}

export function nameOf(combination: Combination): string {
  return combination.map(({ name }) => name).join('+');
}

/** What its authors expected, if it is one remedy. */
export function expectedOf(combination: Combination): string | null {
  const [only, ...others] = combination;
  return only === undefined || others.length > 0 ? null : only.remedy.expected;
}

export type Applied =
  | { readonly kind: 'applied'; readonly played: Played }
  | { readonly kind: 'inapplicable'; readonly reason: string };

function isRival({ insteadOf }: Remedy, other: Remedy): boolean {
  return insteadOf !== undefined && insteadOf === other.insteadOf;
}

/** One after the other. */
export function applyCombination(combination: Combination, played: Played): Applied {
  let current = played;
  for (const [index, { remedy, number, name }] of combination.entries()) {
    const rival = combination.slice(0, index).find((one) => isRival(one.remedy, remedy));
    if (rival !== undefined)
      return { kind: 'inapplicable', reason: `${name}: ${rival.name} does that already, in another way` };
    const change = remedy.change(current, number);
    if (change.kind === 'inapplicable') return { kind: 'inapplicable', reason: `${name}: ${change.reason}` };
    current = change.played;
  }
  return { kind: 'applied', played: current };
}

/** The same, without those that have nothing to do: there may be fewer writers, or shorter transactions, than as found. */
export function applyWhereItCan(combination: Combination, played: Played): Played {
  return combination.reduce((current, { remedy, number }) => {
    const change = remedy.change(current, number);
    return change.kind === 'changed' ? change.played : current;
  }, played);
}
