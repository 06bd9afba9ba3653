/** What a scenario is about, and whether it came about. Has no text from outside. */
import type { ScenarioResult } from '../../stress/result-shapes.js';
import type { StressReport } from '../report.js';

/** Before the numbers: where it was seen, and who does what. */
export function introTexts(scenario: ScenarioResult | null): string[] {
  if (scenario === null) return [];
  const { incident, hypothesis, variant, cure } = scenario;
  const seen = incident === null ? [] : [`Seen in ${incident}.`];
  return variant === 'as-found'
    ? [...seen, hypothesis]
    : [...seen, `As it was found: ${hypothesis}`, `As cured, which is played here: ${cure}`];
}

/** What the thresholds of a scenario are: what is expected of it, or, where a question is put to it, what works. */
export function thresholdsTitle({ scenario, comparison, limit }: StressReport): string {
  return scenario === null || comparison !== null || limit !== null ? 'Thresholds' : 'Expected';
}

/** `As found, reproduced`. */
export function outcomeText({ variant, missed, complete }: ScenarioResult): string {
  if (!complete)
    return variant === 'as-found' ? 'As found, not played to its end' : 'As cured, not played to its end';
  if (variant === 'as-found')
    return missed.length === 0 ? 'As found, reproduced' : 'As found, NOT reproduced';
  return missed.length === 0 ? 'As cured, it holds' : 'As cured, it does NOT hold';
}
