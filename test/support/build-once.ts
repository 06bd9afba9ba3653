import { execFileSync } from 'node:child_process';

/** The tests run the built tool, as its users do. */
export default function setup(): void {
  for (const step of [['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], ['scripts/bundle.mjs']]) {
    execFileSync(process.execPath, step, { stdio: 'inherit' });
  }
}
