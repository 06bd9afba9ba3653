/** A page of `dblock explain`: plain data, the same for the terminal, Markdown and JSON. */

/** `scenario`: an incident that `dblock stress` replays. */
export type PageKind = 'message' | 'code' | 'lock' | 'check' | 'scenario';

/** `commands` are to be pasted, `output` is what a program prints: neither is ever wrapped. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly kind: 'commands'; readonly lines: readonly string[] }
  | { readonly kind: 'output'; readonly lines: readonly string[] };

export interface Section {
  readonly heading: string;
  readonly blocks: readonly Block[];
}

export interface Page {
  readonly kind: PageKind;
  /** What a user types; unique among all pages, whatever the case of its letters. */
  readonly id: string;
  /** The id as a heading: with the number of a code, or in quotes. */
  readonly label: string;
  /** What it is, in one line. */
  readonly title: string;
  /** Other names that lead here. */
  readonly names: readonly string[];
  /** Texts that lead here when a log line contains them. `NAME` stands for a word. */
  readonly phrases: readonly string[];
  readonly sections: readonly Section[];
}

export const HEADINGS = {
  looks: 'How it looks',
  meaning: 'What it means',
  mechanism: 'What happens',
  timing: 'When it comes, and how soon',
  why: 'Why it matters',
  certainty: 'How sure',
  now: 'What to do now',
  fix: 'What dblock fix does',
  later: 'What to change later',
  replay: 'See it happen',
  incident: 'Where it was seen',
  related: 'See also',
  sources: 'Sources',
} as const;

export function text(value: string): Block {
  return { kind: 'text', text: value };
}

export function list(items: readonly string[]): Block {
  return { kind: 'list', items };
}

/** A section; without those blocks that say nothing. */
export function section(heading: string, ...blocks: readonly Block[]): Section {
  return { heading, blocks: blocks.filter(saysSomething) };
}

function saysSomething(block: Block): boolean {
  switch (block.kind) {
    case 'text':
      return block.text !== '';
    case 'list':
      return block.items.length > 0;
    case 'table':
      return block.rows.length > 0;
    default:
      return block.lines.length > 0;
  }
}

/** What a page of any kind ends with. */
export interface Advice {
  /** How sure this is, and what cannot be told. */
  readonly certainty: string;
  readonly now: { readonly text: string; readonly commands: readonly string[] };
  readonly later: string;
  /** Ids of other pages. */
  readonly related: readonly string[];
  /** Addresses of public pages, or functions in SQLite's source. */
  readonly sources: readonly string[];
}

/** How sure, and what to do: what somebody needs who was woken up by this. */
export function adviceSections({ certainty, now, later }: Omit<Advice, 'related' | 'sources'>): Section[] {
  return [
    section(HEADINGS.certainty, text(certainty)),
    section(HEADINGS.now, text(now.text), { kind: 'commands', lines: now.commands }),
    section(HEADINGS.later, text(later)),
  ];
}

/** The end of a page. */
export function closingSections({ related, sources }: Pick<Advice, 'related' | 'sources'>): Section[] {
  const closing = [section(HEADINGS.related, list(related)), section(HEADINGS.sources, list(sources))];
  return closing.filter(({ blocks }) => blocks.length > 0);
}
