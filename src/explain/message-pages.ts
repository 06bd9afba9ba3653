import { type Message, messageOf, numberOf } from '../sqlite/result-codes.js';
import { codeTexts } from './codes/index.js';
import { messageTexts } from './messages/index.js';
import type { Decision, MessageText } from './messages/message.js';
import {
  adviceSections,
  type Block,
  closingSections,
  HEADINGS,
  list,
  type Page,
  section,
  text,
} from './page.js';
import { stacks } from './stacks.js';

const EXACT =
  'The extended code tells them apart for certain. In C it is sqlite3_extended_errcode(db). Python, better-sqlite3 and the sqlite3 shell were run; the others are from their source, their documentation or logs. What is left out was not verified.';

/** The pages of texts that stand for several codes. */
export function messagePages(): Page[] {
  return messageTexts.map(messagePage);
}

function messagePage(message: MessageText): Page {
  return {
    kind: 'message',
    id: message.message,
    label: `"${message.message}"`,
    title: message.title,
    names: message.names,
    phrases: [message.message, ...message.phrases],
    sections: [
      section(HEADINGS.meaning, text(message.meaning)),
      section('How did it fail?', decisionTable(message.decisions)),
      ...adviceSections(message),
      section('Which code is it?', codeList(message.message)),
      section('How to get the exact code', text(EXACT), stackTable(message.message)),
      ...closingSections(message),
    ],
  };
}

function decisionTable(decisions: readonly Decision[]): Block {
  const rows = decisions.map(({ failed, so, cure }) => [failed, so, cure]);
  return { kind: 'table', head: ['it failed', 'so', 'do'], rows };
}

function codeList(message: Message): Block {
  const codes = codeTexts.filter(({ name }) => messageOf(name) === message);
  return list(codes.map(({ name, summary }) => `${numberOf(name)}, ${name}: ${summary}.`));
}

/** The words of each driver and its timeout are known for SQLITE_BUSY; the place of the code is the same for all. */
function stackTable(message: Message): Block {
  const isBusy = message === 'database is locked';
  const head = isBusy
    ? ['in', 'the log says', 'exact code', 'busy timeout unless set']
    : ['in', 'exact code'];
  const rows = stacks.map(({ name, log, exactCode, timeout }) =>
    isBusy ? [name, log, exactCode, timeout] : [name, exactCode],
  );
  return { kind: 'table', head, rows: rows.filter((row) => isBusy || row[1] !== '') };
}
