// Writes the JSON Schemas that ship with the package, from the shapes in dist/. `--check`: fails if one is out of date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { configJsonSchema } from '../dist/config.schema.js';
import { checks } from '../dist/doctor/checks/index.js';
import { evidenceJsonSchema, reportJsonSchema, reportLineJsonSchema } from '../dist/report/shapes.js';

const folder = new URL('../schemas/', import.meta.url);
const schemas = {
  'report.schema.json': reportJsonSchema(),
  'report-line.schema.json': reportLineJsonSchema(),
  'evidence.schema.json': evidenceJsonSchema(),
  'dblock.config.schema.json': configJsonSchema(checks.map(({ id }) => id)),
};

function isCurrent(name, text) {
  try {
    return readFileSync(new URL(name, folder), 'utf8') === text;
  } catch {
    return false;
  }
}

mkdirSync(folder, { recursive: true });
const check = process.argv.includes('--check');
for (const [name, schema] of Object.entries(schemas)) {
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  if (isCurrent(name, text)) continue;
  if (check) {
    console.error(`schemas/${name} is out of date: npm run build && node scripts/generate-schemas.mjs`);
    process.exitCode = 1;
  } else {
    writeFileSync(new URL(name, folder), text);
    console.log(`schemas/${name}`);
  }
}
