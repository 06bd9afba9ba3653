/** Pages as JSON: an envelope of their own, since nothing was examined and there is no verdict. */
import type { Page } from '../../explain/page.js';
import { escapeJson } from '../sanitise.js';
import { snakeKeys } from '../snake-case.js';

export const PAGES_SCHEMA = 'dblock.pages/1';

export interface PagesReport {
  readonly tool: { readonly name: 'dblock'; readonly version: string };
  /** As it was typed; `null`: all pages were asked for. */
  readonly query: string | null;
  readonly pages: readonly Page[];
}

export function renderPages({ tool, query, pages }: PagesReport): string {
  const envelope = { schema: PAGES_SCHEMA, tool, command: 'explain', query, pages };
  return `${escapeJson(JSON.stringify(snakeKeys(envelope), null, 2))}\n`;
}
