import type { Check } from '../doctor/check.js';
import { checkPage } from './check-pages.js';
import { codePages } from './code-pages.js';
import { lockPages } from './lock-pages.js';
import { messagePages } from './message-pages.js';
import { HEADINGS, type Page } from './page.js';

/** All pages, in the order in which they are listed. Pages of scenarios go at the end. */
export function allPages(checks: readonly Check[]): Page[] {
  const fixed = [...messagePages(), ...codePages(), ...lockPages()];
  return [...fixed, ...checks.map((check) => checkPage(check, pagesThatMention(check.id, fixed)))];
}

function pagesThatMention(id: string, pages: readonly Page[]): string[] {
  const mention = (page: Page) =>
    page.sections
      .filter(({ heading }) => heading === HEADINGS.related)
      .some(({ blocks }) => blocks.some((block) => block.kind === 'list' && block.items.includes(id)));
  return pages.filter(mention).map((page) => page.id);
}
