import type { Page, PageKind } from '../../explain/page.js';

const KINDS: readonly (readonly [PageKind, string])[] = [
  ['message', 'Error texts'],
  ['code', 'Error codes'],
  ['lock', 'Locks'],
  ['check', 'Checks of dblock doctor'],
  ['scenario', 'Scenarios of dblock stress'],
];

export interface KindOfPages {
  readonly heading: string;
  readonly pages: readonly Page[];
}

/** Pages under a heading for each kind that there is. */
export function byKind(pages: readonly Page[]): KindOfPages[] {
  return KINDS.map(([kind, heading]) => ({
    heading,
    pages: pages.filter((page) => page.kind === kind),
  })).filter((group) => group.pages.length > 0);
}
