import { lockTexts } from './locks/index.js';
import type { LockText } from './locks/lock.js';
import { adviceSections, closingSections, type Page, section, text } from './page.js';

/** The pages of the locks. */
export function lockPages(): Page[] {
  return lockTexts.map(lockPage);
}

function lockPage(lock: LockText): Page {
  return {
    kind: 'lock',
    id: lock.id,
    label: `${lock.id} lock`,
    title: lock.title,
    names: lock.names,
    phrases: [],
    sections: [
      section('Which bytes', text(lock.bytes)),
      section('Who holds it, and when', text(lock.heldBy)),
      section('What it blocks', text(lock.blocks)),
      section('How it looks in /proc/locks', text(lock.reading), { kind: 'output', lines: lock.procLocks }),
      ...adviceSections(lock),
      ...closingSections(lock),
    ],
  };
}
