/** A page in one file that asks nobody for anything: its own scripts and styles by their hashes, and nothing else. */
import { createHash } from 'node:crypto';
import type { Assets } from './assets.js';
import { html, type Markup, scriptJson } from './markup.js';

export interface PageContent {
  readonly title: string;
  readonly body: Markup;
  /** For the script of the page. */
  readonly data: unknown;
}

export function htmlPage({ title, body, data }: PageContent, assets: Assets): string {
  const styles = [assets.chartStyle, assets.style];
  const scripts = [assets.chartScript, assets.script];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(scripts, styles)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${styles.map((style) => raw('style', style))}
</head>
<body>
${body}
<script type="application/json" id="data">${{ markup: scriptJson(data) }}</script>
${scripts.map((script) => raw('script', script))}
</body>
</html>
`.markup;
}

/** CSP level 2, "Usage of hashes": no other script or style runs, and no request is made. */
function policyOf(scripts: readonly string[], styles: readonly string[]): string {
  const hashes = (texts: readonly string[]) => texts.map((text) => `'sha256-${sha256(text)}'`).join(' ');
  return [
    "default-src 'none'",
    `script-src ${hashes(scripts)}`,
    `style-src ${hashes(styles)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

/** dblock's own text, not the user's. */
function raw(element: 'style' | 'script', text: string): Markup {
  if (text.includes(`</${element}`)) throw new Error(`a ${element} of the page would end early`);
  return { markup: `<${element}>${text}</${element}>\n` };
}
