import { html, type Markup } from './markup.js';

export function section(title: string, content: Markup): Markup {
  return html`<section><h2>${title}</h2>${content}</section>`;
}

/** A heading that begins with `#` is of a column of numbers. The first column names the row. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const isNumber = (column: number) => heads[column]?.startsWith('#') ?? false;
  const head = heads.map(
    (text, column) =>
      html`<th scope="col" class="${isNumber(column) ? 'number' : ''}">${text.replace(/^#/, '')}</th>`,
  );
  const body = rows.map((row) => {
    const cells = row.map((text, column) =>
      column === 0
        ? html`<th scope="row" class="${isNumber(column) ? 'number' : ''}">${text}</th>`
        : html`<td class="${isNumber(column) ? 'number' : ''}">${text}</td>`,
    );
    return html`<tr>${cells}</tr>`;
  });
  return html`<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}
