/** Keeping a page below the length that it may have. */

/** GitHub takes 65,536 characters in a comment, and 1 MiB in the summary of a job; the rest is for what a bot adds. */
export const MOST_CHARACTERS = 64_000;
/** There are five lists; what they leave is for the details. */
export const MOST_OF_A_LIST = 8_000;

export interface Fitted {
  readonly kept: readonly string[];
  readonly leftOff: number;
}

/** What may stand before and between blocks. */
const SEPARATOR = 2;

/** As many blocks as there is room for, in their order; one that is too long does not keep out those behind it. */
export function keepWithin(blocks: readonly string[], room: number): Fitted {
  let left = room;
  const kept = blocks.filter((block) => {
    const needed = block.length + SEPARATOR;
    if (needed > left) return false;
    left -= needed;
    return true;
  });
  return { kept, leftOff: blocks.length - kept.length };
}

/** Lines of Markdown as a list. */
export function listed(lines: readonly string[]): string {
  const { kept, leftOff } = keepWithin(lines, MOST_OF_A_LIST);
  const rest = leftOff === 0 ? [] : [`and ${leftOff} more`];
  return [...kept, ...rest].map((line) => `- ${line}`).join('\n');
}

/** A list behind a title that unfolds it; nothing without a line. */
export function folded(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [`<details><summary>${title} (${lines.length})</summary>`, listed(lines), '</details>'];
}
