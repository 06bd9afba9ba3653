/** Tables of a stress run in Markdown. Cells are Markdown already. */
export type Head = readonly [text: string, align: 'left' | 'right'];

/** `''`: there are no rows. */
export function table(heads: readonly Head[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = heads.map(([, align]) => (align === 'left' ? '---' : '---:'));
  return [line(heads.map(([text]) => text)), line(rule), ...rows.map(line)].join('\n');
}

/** Heads of columns of numbers. */
export function right(names: readonly string[]): Head[] {
  return names.map((name) => [name, 'right']);
}

/** Our own numbers: `<1 µs` is all that Markdown could take for something else. */
export function measure(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Nothing for an empty block. */
export function titled(title: string, block: string): string[] {
  return block === '' ? [] : [`**${title}**`, block];
}
