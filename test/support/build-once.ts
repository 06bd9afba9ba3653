import { spawnSync } from 'node:child_process';

/** The tests run the built tool, as its users do. */
export default function setup(): void {
  spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
    stdio: 'ignore',
  });
}
