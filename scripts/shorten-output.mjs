/** Shortens what `dblock stress` prints by rule, so that nobody has to do it by hand. What is left out is marked: …. */

/** The sections that are kept, by their first line, and how much of each. */
const KEPT = [
  // the load, in a sentence
  [/^\d.* writers?[ ,]/, (lines) => lines],
  [/^(Expected|Thresholds)/, (lines) => lines],
  [/^Transactions/, (lines) => first(lines, (_, line) => !/^ +avg /.test(line))],
  [/^Errors/, firstErrors],
  [/^Truth/, broken],
];
const MOST_ERRORS = 2;

/** @param text as printed, 100 columns wide */
export function shorten(text) {
  const [head, ...sections] = text.trimEnd().split('\n\n');
  const kept = sections.map((section) => {
    const lines = section.split('\n');
    const rule = KEPT.find(([title]) => title.test(lines[0]));
    return rule ? rule[1](lines).join('\n') : '…';
  });
  // the page has the incident and the hypothesis already; the headline may have several lines
  const lines = head.split('\n');
  const end = lines.findIndex((line, index) => index > 0 && !line.startsWith('  '));
  const headline = (end === -1 ? lines : [...lines.slice(0, end), '…']).join('\n');
  return [headline, ...kept]
    .join('\n\n')
    .replace(/(\n\n…)+(?=\n\n|$)/g, '\n…')
    .replace(/…\n\n/g, '…\n')
    .replace(/…\n…/g, '…');
}

/** The lines up to the first that is not wanted. */
function first(lines, isWanted) {
  const end = lines.findIndex((line, index) => !isWanted(index, line));
  return end === -1 ? lines : [...lines.slice(0, end), '…'];
}

/** The heads, and so many errors, each with its reason. */
function firstErrors(lines) {
  let errors = 0;
  return first(lines, (index, line) => {
    if (index > 1 && /^ +[\d,]+ {2}\S/.test(line)) errors += 1;
    return errors <= MOST_ERRORS;
  });
}

/** What is not true, each with its lines; what holds is left out. */
function broken([title, ...lines]) {
  let isBroken = false;
  const shown = lines.map((line) => {
    if (/^ {2}\S/.test(line)) isBroken = line.startsWith('  ✖');
    return isBroken ? line : '…';
  });
  const all = shown.every((line) => line === '…') ? shown : [title, ...shown];
  return all.filter((line, index) => line !== '…' || all[index - 1] !== '…');
}

/** What `dblock requeue-orphans --apply` prints: what it did, its first two jobs and their proof, and the end of it. */
export function shortenRequeue(text) {
  const [head, queue] = text.trimEnd().split('\n\n');
  const lines = queue.split('\n');
  const jobs = lines.filter((line) => /^ {4}job /.test(line));
  const third = lines.indexOf(jobs[2]);
  const kept =
    third === -1
      ? lines
      : [
          ...lines.slice(0, third),
          '    …',
          ...lines.slice(lines.findIndex((line) => line.startsWith('  Done'))),
        ];
  return [head, '', ...kept, '…'].join('\n');
}
