/** A headless Chromium, spoken to by the Chrome DevTools Protocol over a pipe: pages as a person would see them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

export interface PageView {
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
}

export interface BrowserPage {
  /** What an expression is in the page; a promise is awaited. */
  evaluate(expression: string): Promise<unknown>;
  /** PNG of the whole page. */
  screenshot(): Promise<Buffer>;
  /** Texts of the console, exceptions, violations of the page's policy; and addresses that it asked for. */
  readonly messages: readonly string[];
  readonly requests: readonly string[];
}

export interface Browser extends AsyncDisposable {
  open(file: string, view: PageView): Promise<BrowserPage>;
}

/** As few of Chromium's own habits as possible: it must neither ask the network nor remember. */
const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage'],
  ...['--no-first-run', '--no-default-browser-check', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-extensions', '--hide-scrollbars'],
  '--remote-debugging-pipe',
];

const messageShape = z.object({
  id: z.number().optional(),
  method: z.string().optional(),
  sessionId: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
});
type Message = z.infer<typeof messageShape>;

export async function openBrowser(program = 'chromium'): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'dblock-chromium-'));
  const child = spawn(program, [...FLAGS, `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const pipe = pipeTo(child);
  return {
    open: (file, view) => openPage(pipe, file, view),
    async [Symbol.asyncDispose]() {
      pipe.send('Browser.close').catch(() => {});
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Pipe {
  send(method: string, params?: object, sessionId?: string): Promise<Record<string, unknown>>;
  listen(listener: (message: Message) => void): void;
}

/** Messages are JSON, each followed by a zero byte. */
function pipeTo(child: ChildProcess): Pipe {
  const [input, output] = [child.stdio[3], child.stdio[4]];
  if (!(input instanceof Writable) || !(output instanceof Readable)) throw new Error('no pipe to Chromium');
  const waiting = new Map<number, (message: Message) => void>();
  const listeners: ((message: Message) => void)[] = [];
  let rest = '';
  output.setEncoding('utf8').on('data', (chunk: string) => {
    const texts = (rest + chunk).split('\0');
    rest = texts.pop() ?? '';
    for (const text of texts) {
      const message = messageShape.parse(JSON.parse(text));
      if (message.id !== undefined) waiting.get(message.id)?.(message);
      for (const listener of listeners) listener(message);
    }
  });
  let last = 0;
  const ended = once(child, 'exit');
  return {
    listen: (listener) => listeners.push(listener),
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, ({ result, error }) =>
          error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result ?? {}),
        );
        ended.then(() => reject(new Error(`Chromium ended before it answered ${method}`)), reject);
        input.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
      }),
  };
}

async function openPage(pipe: Pipe, file: string, { width, height, scheme }: PageView): Promise<BrowserPage> {
  const { targetId } = await pipe.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await pipe.send('Target.attachToTarget', { targetId, flatten: true });
  const session = String(sessionId);
  const send = (method: string, params: object = {}) => pipe.send(method, params, session);
  const messages: string[] = [];
  const requests: string[] = [];
  const loaded = new Promise<void>((resolve) => {
    pipe.listen((message) => {
      if (message.sessionId !== session) return;
      const { method, params = {} } = message;
      if (method === 'Page.loadEventFired') resolve();
      if (method === 'Network.requestWillBeSent') requests.push(addressOf(params));
      if (
        method === 'Runtime.consoleAPICalled' ||
        method === 'Runtime.exceptionThrown' ||
        method === 'Log.entryAdded'
      )
        messages.push(JSON.stringify(params));
    });
  });
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`);
  await send('Emulation.setDeviceMetricsOverride', {
    width,
    height,
    deviceScaleFactor: 1,
    mobile: width < 600,
  });
  await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
  await send('Page.navigate', { url: pathToFileURL(file).href });
  await loaded;
  return {
    messages,
    requests,
    async evaluate(expression) {
      const { result, exceptionDetails } = await send('Runtime.evaluate', {
        ...{ expression, returnByValue: true, awaitPromise: true },
      });
      if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
      return z.object({ value: z.unknown() }).parse(result).value;
    },
    async screenshot() {
      const { data } = await send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true });
      return Buffer.from(String(data), 'base64');
    },
  };
}

function addressOf(params: Record<string, unknown>): string {
  return z.object({ request: z.object({ url: z.string() }) }).parse(params).request.url;
}
