/** An option whose values are a short list. */
import { didYouMean } from '../../nearest.js';
import { quote, UsageProblem } from '../../problem.js';

/** In any case. @throws UsageProblem with the nearest value */
export function oneOf<const T extends readonly string[]>(option: string, text: string, values: T): T[number] {
  const found = values.find((value) => value === text.toLowerCase());
  if (found !== undefined) return found;
  throw new UsageProblem(
    `${option} takes ${values.join(', ')}, not ${quote(text)}.${didYouMean(text, values)}`,
  );
}
