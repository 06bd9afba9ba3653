import type { Check } from '../doctor/check.js';
import type { Scenario } from '../stress/scenarios/scenario.js';
import { checkPage } from './check-pages.js';
import { codePages } from './code-pages.js';
import { lockPages } from './lock-pages.js';
import { messagePages } from './message-pages.js';
import { HEADINGS, type Page } from './page.js';
import { scenarioPages } from './scenario-pages.js';

/** All pages, in the order in which they are listed. */
export function allPages(checks: readonly Check[], scenarios: readonly Scenario[]): Page[] {
  const errors = [...messagePages(), ...codePages(), ...lockPages()];
  const replays = scenarioPages(scenarios, new Set(checks.map(({ id }) => id)));
  const fixed = [...errors, ...replays];
  return [
    ...errors,
    ...checks.map((check) => checkPage(check, pagesThatMention(check.id, fixed))),
    ...replays,
  ];
}

function pagesThatMention(id: string, pages: readonly Page[]): string[] {
  const mention = (page: Page) =>
    page.sections
      .filter(({ heading }) => heading === HEADINGS.related)
      .some(({ blocks }) => blocks.some((block) => block.kind === 'list' && block.items.includes(id)));
  return pages.filter(mention).map((page) => page.id);
}
