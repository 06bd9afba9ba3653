/** docs/incidents/ID.md, from the scenario and from what was measured: pure, so that it can be made again without a run. */
import { CURED_THRESHOLDS } from '../dist/stress/thresholds.js';
import { INCIDENTS } from './incidents.mjs';
import { shorten, shortenRequeue } from './shorten-output.mjs';

/** One screen. */
export const MOST_LINES = 60;
export const MOST_COLUMNS = 110;
const LEAST_CURES = 2;
const ECONOMIES = [
  { log: 3, errors: 5 },
  { log: 2, errors: 3 },
  { log: 1, errors: 2 },
];

/** What is told of each cure that was proposed. */
export const COMPARED = [
  ['failure_rate', 'given up'],
  ['retry_rate', 'retries'],
  ['wait.p99', 'wait p99'],
  ['wait.max', 'longest wait'],
  ['rows', 'rows'],
];

/** @returns what does not fit one screen, in words */
export function beyondScreen(text) {
  const lines = text.trimEnd().split('\n');
  const wide = lines.filter((line) => [...line].length > MOST_COLUMNS);
  return [
    ...(lines.length > MOST_LINES ? [`has ${lines.length} lines instead of at most ${MOST_LINES}`] : []),
    ...wide.map((line) => `has a line of more than ${MOST_COLUMNS} characters: ${line}`),
  ];
}

/** All but what was measured comes from the scenario, word for word. */
export function pageOf(scenario, measured) {
  const pages = roomsFor(measured).map((room) => pageWith(scenario, measured, room));
  return pages.find((page) => beyondScreen(page).length === 0) ?? pages[0];
}

/** What may have a line each, from all of it to what is enough. */
function roomsFor({ compared }) {
  const most = (compared?.rows.length ?? 1) - 1;
  const cures = Array.from({ length: Math.max(1, most - LEAST_CURES + 1) }, (_, fewer) => most - fewer);
  return ECONOMIES.flatMap((economy) =>
    cures.flatMap((shown) => [true, false].map((expected) => ({ ...economy, cures: shown, expected }))),
  );
}

function pageWith(
  { id, title, cure, incident, page, wanted = [] },
  { when, found, repaired, cured, compared },
  room,
) {
  const log = page.log.slice(0, room.log);
  if (log.length < page.log.length) log.push('…');
  const keeps = repaired === undefined ? '' : '; `--keep` keeps the database';
  const blocks = [
    `# ${title}`,
    [
      wrapped(`**The symptom.** ${page.symptoms} Seen in ${incident}. More: \`dblock explain ${id}\`.`),
      fenced('text', log),
    ],
    [
      wrapped(
        `**The command**, and what it printed on ${when}; “…” ends a line after which something is left out${keeps}.`,
      ),
      fenced('console', [...run(found, { errors: room.errors }), ...requeued(repaired)]),
    ],
    [wrapped(`**The cure.** ${cure}`), fenced('console', run(cured, { isBrief: compared !== undefined }))],
    ...(compared === undefined ? [] : comparedBlocks(INCIDENTS[id].author, compared, { ...room, wanted })),
  ];
  return `${blocks.map((block) => [block].flat().join('\n')).join('\n\n')}\n`;
}

/** Without the thresholds, where a table tells the same. */
function run({ command, text }, how) {
  return [`$ ${command}`, ...shorten(text.join('\n'), how).split('\n')];
}

function requeued(repaired) {
  return repaired === undefined
    ? []
    : [`$ ${repaired.command}`, ...shortenRequeue(repaired.text.join('\n')).split('\n')];
}

/** As found, what helps most, and the rest in a sentence. */
function comparedBlocks(
  author,
  { rounds, when, heads: measured, rows, sentence },
  { cures, expected: wantsExpected, wanted },
) {
  const shown = rows
    .slice(0, cures + 1)
    .map((row) => ({ ...row, expected: wantsExpected ? expectedBy(author, row.expected) : null }));
  const hasExpected = shown.some(({ expected }) => expected !== null);
  const heads = ['', ...(hasExpected ? ['its authors expected'] : []), ...measured, ''];
  const rules = ['---', ...(hasExpected ? ['---'] : []), ...measured.map(() => '---:'), '---'];
  const table = [heads, rules, ...shown.map((row) => cellsOf(row, hasExpected))].map((cells) =>
    `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |'),
  );
  return [
    wrapped(
      `**The cures that were proposed**, by \`--compare\`: medians of ${rounds} rounds, ${when}. One holds if its data is true and in every round ${[...CURED_THRESHOLDS, ...wanted].map((text) => `\`${text}\``).join(', ')}.`,
    ),
    table,
    wrapped(`${restOf(rows.slice(cures + 1))}${firstSentence(sentence)}`),
  ];
}

/** What others expected of it is in the table of remedies. */
function expectedBy(author, expected) {
  const own = (expected ?? '').match(new RegExp(`${author}([^:.]*): (.+?)\\.(?: [A-Z]|$)`));
  if (own === null) return null;
  const [, among, text] = own;
  return among.startsWith(', ') ? `${among.slice(2)}: ${text}` : text;
}

function cellsOf({ name, expected, values, standing }, hasExpected) {
  const label = name === 'as found' ? name : `\`${name}\``;
  return [label, ...(hasExpected ? [expected ?? ''] : []), ...values, standing];
}

function restOf(rest) {
  if (rest.length === 0) return '';
  return `Less help: ${rest.map(({ name }) => `\`${name}\``).join(', ')}. `;
}

function firstSentence(text) {
  return text.replace(/(?<=[a-z]\.) .*$/s, '');
}

function fenced(language, lines) {
  return `\`\`\`${language}\n${lines.join('\n')}\n\`\`\``;
}

/** Words at a time; a name in backticks is not broken. */
function wrapped(text) {
  const lines = [''];
  for (const word of text.match(/(?:`[^`]*`|\S)+/g) ?? []) {
    const line = lines.at(-1);
    const longer = line === '' ? word : `${line} ${word}`;
    if ([...longer].length <= MOST_COLUMNS) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join('\n');
}
