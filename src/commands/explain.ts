import { checks } from '../doctor/checks/index.js';
import { everyName, findPage, primaryOf } from '../explain/lookup.js';
import type { Page } from '../explain/page.js';
import { allPages } from '../explain/pages.js';
import { didYouMean } from '../nearest.js';
import { quote, UsageProblem } from '../problem.js';
import { terminalOf } from '../report/terminal.js';
import { scenarios } from '../stress/scenarios/index.js';
import type { Host } from './host.js';
import { ownVersion } from './tool.js';

export interface ExplainOptions {
  readonly format: string;
  readonly color: boolean;
}

/** `dblock explain [id…]`: prints one page, or the list of all. */
export async function explain(args: readonly string[], options: ExplainOptions, host: Host): Promise<0> {
  const format = readPageFormat(options.format);
  const pages = allPages(checks, scenarios);
  // several words are one text: people forget the quotes around "database is locked"
  const query = args.join(' ').trim();
  const page = query === '' ? null : pageFor(query, pages);
  host.stdout.write(await render(format, { query, page, pages }, host, options));
  return 0;
}

const PAGE_FORMATS = ['table', 'markdown', 'json'] as const;
type PageFormat = (typeof PAGE_FORMATS)[number];

function readPageFormat(name: string): PageFormat {
  const found = PAGE_FORMATS.find((format) => format === name);
  if (found) return found;
  throw new UsageProblem(
    `explain has no format ${quote(name)}: it can print table, markdown or json.${didYouMean(name, PAGE_FORMATS)}`,
  );
}

/** More of a pasted line would hide the message about it. */
const LONGEST_QUOTE = 80;

function pageFor(query: string, pages: readonly Page[]): Page {
  const page = findPage(query, pages);
  if (page) return page;
  const primary = primaryOf(query, pages);
  const hint =
    primary === null
      ? didYouMean(query, everyName(pages))
      : ` It is an extended code of ${primary}: dblock explain ${primary}.`;
  const shown = query.length > LONGEST_QUOTE ? `${query.slice(0, LONGEST_QUOTE)}...` : query;
  throw new UsageProblem(`There is no page for ${quote(shown)}.${hint} dblock explain lists all pages.`);
}

interface Answer {
  readonly query: string;
  /** `null`: the list of all is wanted. */
  readonly page: Page | null;
  readonly pages: readonly Page[];
}

async function render(
  format: PageFormat,
  { query, page, pages }: Answer,
  host: Host,
  options: ExplainOptions,
): Promise<string> {
  switch (format) {
    case 'json': {
      const { renderPages } = await import('../report/pages/json.js');
      const tool = { name: 'dblock', version: ownVersion() } as const;
      return renderPages({ tool, query: page ? query : null, pages: page ? [page] : pages });
    }
    case 'markdown': {
      const { renderList, renderPage } = await import('../report/pages/markdown.js');
      return page ? renderPage(page) : renderList(pages);
    }
    case 'table': {
      const { renderList, renderPage } = await import('../report/pages/table.js');
      const terminal = terminalOf(host.stdout, host.env, options);
      return page ? renderPage(page, terminal) : renderList(pages, terminal);
    }
  }
}
