/** HTML in which every text is text: a value in a template is escaped, unless a template made it. */
import { sanitise } from '../../sanitise.js';

export interface Markup {
  readonly markup: string;
}

type Content = string | number | Markup | readonly Markup[];

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template tag. Values may stand in content and in quoted attributes, nowhere else. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const [first = '', ...rest] = parts;
  return { markup: first + rest.map((part, index) => rendered(values[index] ?? '') + part).join('') };
}

export const NOTHING: Markup = { markup: '' };

function rendered(value: Content): string {
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('');
}

function escapeHtml(text: string): string {
  return sanitise(text).replace(/[&<>"']/g, (character) => REFERENCES[character] ?? character);
}

/** JSON for a script element: nothing in it can end the element or begin a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
