import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface Assets {
  readonly chartScript: string;
  readonly chartStyle: string;
  readonly script: string;
  readonly style: string;
}

/** What goes into the page as it is. In the package the files are not there: scripts/bundle.mjs puts in their text. */
export function pageAssets(): Assets {
  return {
    chartScript: textOf('uplot/dist/uPlot.iife.min.js'),
    chartStyle: textOf('uplot/dist/uPlot.min.css'),
    script: textOf('./browser.js'),
    style: textOf('./browser.css'),
  };
}

function textOf(file: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(file), 'utf8');
}
