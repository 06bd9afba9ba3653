/** Pages as Markdown: for a wiki, an issue, or a pull request. */
import type { Block, Page, Section } from '../../explain/page.js';
import { byKind } from './kinds.js';

export function renderPage(page: Page): string {
  const parts = [`# ${inline(page.label)}`, inline(page.title), ...page.sections.map(sectionText)];
  return `${parts.join('\n\n')}\n`;
}

/** The ids and titles of all pages, by kind. */
export function renderList(pages: readonly Page[]): string {
  const parts = byKind(pages).map(({ heading, pages: some }) => {
    const items = some.map(({ id, title }) => `- \`${id}\`: ${inline(title)}`);
    return [`## ${heading}`, items.join('\n')].join('\n\n');
  });
  return `${parts.join('\n\n')}\n`;
}

function sectionText({ heading, blocks }: Section): string {
  return [`## ${heading}`, ...blocks.map(blockText)].join('\n\n');
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'text':
      return inline(block.text);
    case 'list':
      return block.items.map((item) => `- ${linked(item)}`).join('\n');
    case 'commands':
      return fenced(block.lines.every(isSql) ? 'sql' : 'sh', block.lines);
    case 'output':
      return fenced('text', block.lines);
    case 'table': {
      const rule = block.head.map(() => '---');
      return [block.head, rule, ...block.rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
    }
  }
}

function isSql(line: string): boolean {
  return /^[A-Z]{2,}\b.*;$/.test(line);
}

function fenced(language: string, lines: readonly string[]): string {
  return [`\`\`\`${language}`, ...lines, '```'].join('\n');
}

function linked(item: string): string {
  return item.startsWith('https://') ? `<${item}>` : inline(item);
}

/** Names such as `sqlite3_step` or `app.db*` must not turn into emphasis, nor `<` into a tag. */
function inline(text: string): string {
  return text.replace(/[\\`*_<>[\]]/g, '\\$&');
}

function cell(text: string): string {
  return inline(text).replaceAll('|', '\\|');
}
