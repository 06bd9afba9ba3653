import type { Format, FormatContext } from './formats/format.js';
import { type FormatName, formats, formatsFor } from './formats/index.js';
import type { Command, Reports } from './report.js';

/**
 * The report as text that ends with a newline.
 * Throws if the command has no such format: ask `formatsFor` while the options are read.
 */
export async function render<C extends Command>(
  report: Reports[C] & { readonly command: C },
  format: FormatName,
  context: FormatContext,
): Promise<string> {
  const loaders: Format = formats[format];
  const load = loaders[report.command];
  if (!load) {
    throw new Error(
      `${report.command} has no format ${format}, only ${formatsFor(report.command).join(', ')}`,
    );
  }
  const formatter = await load();
  return formatter.render(report, context);
}
