/** Pages for the terminal. */
import type { Block, Page, Section } from '../../explain/page.js';
import { visibleWidth, widest, wrap } from '../layout.js';
import { sanitise } from '../sanitise.js';
import { type Style, styleOf } from '../style.js';
import type { Terminal } from '../terminal.js';
import { byKind } from './kinds.js';

/** Wider than this no prose is set: the eye loses the line. */
const WIDEST_TEXT = 100;
const INDENT = '  ';

interface Paper {
  readonly style: Style;
  readonly columns: number;
}

/** One page, wrapped to the terminal. */
export function renderPage(page: Page, terminal: Terminal): string {
  const paper = paperOf(terminal);
  const head = [...wrap(page.label, paper.columns).map(paper.style.bold), ...wrap(page.title, paper.columns)];
  const parts = [head, ...page.sections.map((section) => sectionLines(paper, section))];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The ids and titles of all pages, by kind. */
export function renderList(pages: readonly Page[], terminal: Terminal): string {
  const paper = paperOf(terminal);
  const width = widest(pages.map(({ id }) => id)) + INDENT.length;
  const parts = byKind(pages).map(({ heading, pages: some }) => [
    paper.style.bold(heading),
    ...some.flatMap(({ id, title }) => listLines(paper, id, title, width)),
  ]);
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function paperOf(terminal: Terminal): Paper {
  return { style: styleOf(terminal), columns: Math.min(terminal.columns, WIDEST_TEXT) };
}

function listLines({ columns }: Paper, id: string, title: string, width: number): string[] {
  const label = `${INDENT}${id}${' '.repeat(width - visibleWidth(id))}`;
  return wrap(title, columns, label, ' '.repeat(visibleWidth(label)));
}

function sectionLines(paper: Paper, { heading, blocks }: Section): string[] {
  const lines = blocks.flatMap((block, index) => {
    const before = blocks[index - 1];
    const gap = before === undefined || introduces(before) ? [] : [''];
    return [...gap, ...blockLines(paper, block)];
  });
  return [paper.style.bold(heading), ...lines];
}

/** `At once:` belongs to what follows. */
function introduces(block: Block): boolean {
  return block.kind === 'text' && block.text.endsWith(':');
}

function blockLines(paper: Paper, block: Block): string[] {
  const { style, columns } = paper;
  switch (block.kind) {
    case 'text':
      return wrap(block.text, columns, INDENT);
    case 'list':
      return block.items.flatMap((item) => wrap(item, columns, `${INDENT}- `, `${INDENT}  `));
    case 'commands':
      return block.lines.map((line) => `${INDENT}${style.command(sanitise(line))}`);
    case 'output':
      return block.lines.map((line) => (line === '' ? '' : INDENT + style.dim(sanitise(line))));
    case 'table':
      return rowLines(paper, block);
  }
}

/** The first cell as a bullet, the others below it behind their heads: prose in narrow columns is hard to read. */
function rowLines({ style, columns }: Paper, { head, rows }: Extract<Block, { kind: 'table' }>): string[] {
  return rows.flatMap(([first = '', ...others]) => {
    const lead = wrap(first, columns, `${INDENT}- `, `${INDENT}  `).map(style.bold);
    const rest = others.flatMap((cell, index) =>
      cell === '' ? [] : wrap(cell, columns, `${INDENT}  ${head[index + 1]}: `, `${INDENT}    `),
    );
    return [...lead, ...rest];
  });
}
