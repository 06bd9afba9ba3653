/** XML 1.0. Elements are written, never read. */

/** What XML 1.0 cannot have, not even as a reference (§2.2): control characters, half surrogate pairs, U+FFFE, U+FFFF. */
const ILLEGAL = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // As themselves they would become blanks in an attribute (§3.3.3).
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** A text stands alone. */
  readonly content: readonly Element[] | string;
}

export function element(
  name: string,
  attributes: Element['attributes'],
  content: Element['content'] = [],
): Element {
  return { name, attributes, content };
}

/** A whole document, one element a line. */
export function xmlDocument(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${printed(root, '')}\n`;
}

function printed({ name, attributes, content }: Element, indent: string): string {
  const start = [name, ...Object.entries(attributes).map(attributeText)].join(' ');
  if (typeof content === 'string') return `${indent}<${start}>${escapeText(content)}</${name}>`;
  if (content.length === 0) return `${indent}<${start}/>`;
  const children = content.map((child) => printed(child, `${indent}  `));
  return [`${indent}<${start}>`, ...children, `${indent}</${name}>`].join('\n');
}

function attributeText([name, value]: [string, string | number]): string {
  return `${name}="${legal(String(value)).replace(/[&<>"'\t\n\r]/g, reference)}"`;
}

/** `>` too, so that no text has the end of a CDATA section. A carriage return would be read as a newline (§2.11). */
function escapeText(text: string): string {
  return legal(text).replace(/[&<>\r]/g, reference);
}

function legal(text: string): string {
  return text.replace(ILLEGAL, '\ufffd');
}

function reference(character: string): string {
  return REFERENCES[character] ?? character;
}
