/**
 * Joins what tsc compiled into few files: Node.js spends longer on finding 150 small modules than dblock does on a
 * diagnosis. Packages stay outside; what a command loads only when it runs stays in files of its own.
 */
import { rolldown } from 'rolldown';

const bundle = await rolldown({
  input: 'dist/cli.js',
  platform: 'node',
  external: (id) => !id.startsWith('.') && !id.startsWith('/') && !/^[A-Za-z]:/.test(id),
});
await bundle.write({ dir: 'dist/bundle', format: 'esm', chunkFileNames: '[name].js', cleanDir: true });
