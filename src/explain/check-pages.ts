import type { Check } from '../doctor/check.js';
import { adviceSections, closingSections, HEADINGS, type Page, section, text } from './page.js';

const GROUPS: Readonly<Record<Check['group'], string>> = {
  now: 'It is about this moment: it needs somebody who has the database open.',
  files: 'It is about what lies on the disk: nobody needs to have the database open.',
  queues:
    'It is about job queues: it reads their rows in a copy in memory, of databases up to 64 MiB, and keeps counts and ids.',
  schema: 'It is about tables, indexes and queries: it reads the schema, and no rows.',
  connections:
    'It is about settings of connections, which nobody outside can see: it needs them declared in the configuration.',
  deep: 'It reads every page, so it runs with --deep only, on a private copy.',
};

const WORST: Readonly<Record<Check['severity'], string>> = {
  critical: 'At worst it is critical.',
  warning: 'At worst it is a warning.',
  info: 'It is good to know, and never more.',
};

/**
 * The page of a check, from its own metadata.
 * @param related ids of pages that mention it
 */
export function checkPage(check: Check, related: readonly string[]): Page {
  const { id, title, severity, group, why, sources, guide, repair } = check;
  const meaning = `${guide?.meaning ?? `${title}.`} ${WORST[severity]} ${GROUPS[group]}`;
  return {
    kind: 'check',
    id,
    label: id,
    title,
    names: [],
    phrases: [],
    sections: [
      section(HEADINGS.meaning, text(meaning)),
      section(HEADINGS.why, text(why)),
      ...(guide ? adviceSections(guide) : []),
      ...(repair
        ? [section(HEADINGS.fix, text(repair.summary), { kind: 'commands', lines: fixCommands(repair.ids) })]
        : []),
      ...closingSections({ related, sources }),
    ],
  };
}

/** The plan first: it changes nothing. */
function fixCommands(ids: readonly string[]): string[] {
  return ['dblock fix app.db', ...ids.map((id) => `dblock fix app.db --apply ${id}`)];
}
