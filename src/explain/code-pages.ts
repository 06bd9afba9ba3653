import { codesWith, messageOf, numberOf } from '../sqlite/result-codes.js';
import { type CodeText, type Situation, SOON_ORDER } from './codes/code.js';
import { codeTexts } from './codes/index.js';
import { adviceSections, type Block, closingSections, HEADINGS, type Page, section, text } from './page.js';

/** The pages of single codes. */
export function codePages(): Page[] {
  return codeTexts.map(codePage);
}

function codePage(code: CodeText): Page {
  const number = numberOf(code.name);
  const message = messageOf(code.name);
  const alone = codesWith(message).length === 1 && !isFamily(message);
  return {
    kind: 'code',
    id: code.name,
    label: `${code.name} (${number})`,
    title: code.title,
    names: [String(number), code.name.replace(/^SQLITE_/, '')],
    phrases: [...(alone ? [message] : []), ...code.otherTexts],
    sections: [
      section(HEADINGS.meaning, text(code.meaning)),
      section(HEADINGS.timing, ...situationBlocks(code.situations)),
      ...adviceSections(code),
      section('In the log', text(logText(code))),
      ...closingSections(code),
    ],
  };
}

/** Texts of which most codes have no page, so that the text alone does not mean this one. */
function isFamily(message: string): boolean {
  return message === 'disk I/O error';
}

/** By the time that it takes: that is what somebody with a log can tell. */
function situationBlocks(situations: readonly Situation[]): Block[] {
  return SOON_ORDER.flatMap((soon): Block[] => {
    const rows = situations.filter((one) => one.soon === soon).map(({ situation, why }) => [situation, why]);
    if (rows.length === 0) return [];
    const label = `${soon.charAt(0).toUpperCase()}${soon.slice(1)}:`;
    return [text(label), { kind: 'table', head: ['when', 'why'], rows }];
  });
}

function logText({ name, otherTexts }: CodeText): string {
  const message = messageOf(name);
  const others = codeTexts.filter((code) => code.name !== name && messageOf(code.name) === message);
  const numbers = others.filter(reachesLogs).map((code) => numberOf(code.name));
  const shared =
    others.length === 0
      ? ''
      : ` ${numbers.join(', ')} say the same: dblock explain "${message}" tells them apart.`;
  const also = otherTexts.length === 0 ? '' : ` Also: ${otherTexts.map(quoted).join(', ')}.`;
  return `${quoted(message)}.${shared}${also}`;
}

function reachesLogs({ situations }: CodeText): boolean {
  return situations.some(({ soon }) => soon !== 'never seen');
}

function quoted(value: string): string {
  return `"${value}"`;
}
