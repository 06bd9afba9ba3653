import { sanitise } from '../../sanitise.js';

/**
 * Lines of a plain-text message. Braces are doubled, being marks of placeholders otherwise (§3.11.5), and what would
 * become a link is broken up (§3.11.6).
 */
export function plainText(lines: readonly string[]): string {
  return lines.map((line) => sanitise(line).replace(/[{}]/g, '$&$&').replaceAll('](', ']\\(')).join('\n');
}
