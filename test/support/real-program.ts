import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The path of one of fixtures/scripts. */
export function fixtureScript(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/scripts/${name}`, import.meta.url));
}

/**
 * A program of others that has databases open: it says so with a line, and ends after it was sent one.
 * `await using` ends it however the test ends.
 */
export class RealProgram {
  readonly pid: number;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  #stderr = '';

  constructor({ program, args, env }: Command) {
    const noCaches = { PYTHONDONTWRITEBYTECODE: '1' };
    const child = spawn(program, args, { env: { ...process.env, ...noCaches, ...env } });
    if (child.pid === undefined) throw new Error(`${program} did not start`);
    this.pid = child.pid;
    this.#child = child;
    this.#ended = once(child, 'close');
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    // It may have ended before a line was sent; then its exit code says so.
    child.stdin.on('error', () => undefined);
  }

  /** The next line that it prints. @throws what it wrote to stderr, if it ends instead */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#child.spawnargs.join(' ')} ended: ${await this.#errors()}`);
    return value;
  }

  running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  send(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Lets it close its databases and end. @throws if it ends with an error */
  async end(): Promise<void> {
    this.#child.stdin.end('\n');
    const errors = await this.#errors();
    if (this.#child.exitCode !== 0) throw new Error(`${this.#child.spawnargs.join(' ')} failed: ${errors}`);
  }

  /** As its service manager ends it. @throws if it does not end with code 0 */
  async terminate(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.end();
  }

  /** SIGKILL, and waits until nothing of it is left. Harmless if it has ended already. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #errors(): Promise<string> {
    await this.#ended;
    return this.#stderr.trim();
  }
}
