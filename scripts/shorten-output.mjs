/**
 * Shortens what `dblock stress` prints by rule, so that nobody has to do it by hand. Lines stay as they were printed, in their
 * order; a line that ends with " …" is followed by something that is left out.
 */

/** Besides the headline: the sections that are kept, by their first line, and how much of each. */
const KEPT = [
  // the load, in a sentence
  [/^\d.* writers?[ ,]/, (lines) => lines],
  [/^Errors/, firstErrors],
  [/^Truth/, broken],
];

/** As cured there is less to tell: that it holds what it must. */
const KEPT_IF_CURED = [
  [/^Expected/, (lines) => lines],
  [/^Truth/, broken],
];

const KEPT_IF_BRIEF = [[/^Truth/, broken]];

const GAP = null;
export const MARK = ' …';

/**
 * @param text as printed
 * @param how `isBrief`: of what is cured the headline, and what is not true all the same; `errors`: so many at most
 */
export function shorten(text, { isBrief = false, errors = Number.POSITIVE_INFINITY } = {}) {
  const [head, ...sections] = text.trimEnd().split('\n\n');
  // the page has the incident and the hypothesis already; the headline may have several lines
  const lines = head.split('\n');
  const end = lines.findIndex((line, index) => index > 0 && !line.startsWith('  '));
  const rules = isBrief ? KEPT_IF_BRIEF : /^. As cured/.test(head) ? KEPT_IF_CURED : KEPT;
  const kept = sections.flatMap((section) => {
    const [title, ...more] = section.split('\n');
    const rule = rules.find(([pattern]) => pattern.test(title));
    return rule ? rule[1]([title, ...more], errors) : [GAP];
  });
  return marked([...(end === -1 ? lines : [...lines.slice(0, end), GAP]), ...kept]).join('\n');
}

/** Where something is left out, the line before says so. */
function marked(lines) {
  const shown = [];
  for (const line of lines) {
    if (line !== GAP) shown.push(line);
    else if (shown.length > 0 && !shown.at(-1).endsWith(MARK)) shown.push(`${shown.pop()}${MARK}`);
  }
  return shown;
}

/** The heads and the errors, of which the most frequent one has its reason. */
function firstErrors(lines, most) {
  let errors = 0;
  return lines.map((line, index) => {
    const isError = /^ +[\d,]+ {2}\S/.test(line);
    if (isError) errors += 1;
    return index < 2 || errors <= 1 || (isError && errors <= most) ? line : GAP;
  });
}

/** What is not true, each with its first line; what holds is left out. */
function broken([title, ...lines]) {
  const shown = lines.map((line) => (/^ {2}✖/.test(line) ? line : GAP));
  return shown.every((line) => line === GAP) ? [GAP] : [title, ...shown];
}

/** What `dblock requeue-orphans --apply` prints: what it did. */
export function shortenRequeue(text) {
  const [headline] = text.trimEnd().split('\n');
  return marked([headline, GAP]).join('\n');
}
