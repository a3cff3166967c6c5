import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { installed } from './peer-installed.ts';
import type { Owner } from './peer-owner.ts';
import { folderFor } from './peer-start.ts';

export const CHROMIUM = installed('chromium', 'chromium-browser', 'google-chrome');

const PATIENCE_MS = 30_000;
const QUIET = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--mute-audio'],
];

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly [key: string]: unknown };
  readonly result?: { readonly [key: string]: unknown };
}

/** What a page did while it was opened. */
export interface Visit {
  /** Addresses that it asked for, itself included. */
  readonly requests: readonly string[];
  /** Whatever it threw, and what the browser complained of. */
  readonly complaints: readonly string[];
  /** What the expression was in the page. */
  readonly value: unknown;
}

/** Opens a page in a real browser, by its protocol over pipes, and evaluates an expression in it. */
export async function visitPage(owner: Owner, url: string, expression: string): Promise<Visit> {
  const profile = await folderFor(owner);
  const child = spawn(CHROMIUM.command, [...QUIET, `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const browser = new Browser(child);
  try {
    const { targetId } = await browser.ask('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.ask('Target.attachToTarget', { targetId, flatten: true });
    for (const domain of ['Page', 'Network', 'Runtime', 'Log'])
      await browser.ask(`${domain}.enable`, {}, sessionId);
    const loaded = browser.heard('Page.loadEventFired');
    await browser.ask('Page.navigate', { url }, sessionId);
    await loaded;
    const { result } = await browser.ask('Runtime.evaluate', { expression, awaitPromise: true }, sessionId);
    return {
      requests: browser.told('Network.requestWillBeSent', ({ request }) => (request as { url: string }).url),
      complaints: [
        ...browser.told('Runtime.exceptionThrown', (params) => JSON.stringify(params)),
        ...browser.told('Log.entryAdded', (params) => JSON.stringify(params)),
      ],
      value: (result as { value: unknown }).value,
    };
  } finally {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

class Browser {
  readonly #to: Writable;
  readonly #messages: Message[] = [];
  readonly #waiting = new Set<() => void>();
  #next = 1;
  #failure: Error | null = null;

  constructor(child: ChildProcess) {
    this.#to = child.stdio[3] as Writable;
    this.#to.on('error', () => {});
    child.on('error', (error) => this.#failed(error));
    child.on('exit', () => this.#failed(new Error('the browser has ended')));
    let text = '';
    (child.stdio[4] as Readable).on('data', (bytes) => {
      const parts = (text + bytes).split('\0');
      text = parts.pop()!;
      this.#messages.push(...parts.map((part) => JSON.parse(part)));
      this.#wake();
    });
  }

  async ask(
    method: string,
    params: object,
    sessionId?: unknown,
  ): Promise<{ readonly [key: string]: unknown }> {
    const id = this.#next++;
    this.#to.write(
      `${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`,
    );
    const answer = await this.#find((message) => message.id === id);
    if (answer.result === undefined) throw new Error(`${method}: ${JSON.stringify(answer)}`);
    return answer.result;
  }

  async heard(method: string): Promise<void> {
    await this.#find((message) => message.method === method);
  }

  told(method: string, show: (params: NonNullable<Message['params']>) => string): string[] {
    return this.#messages.flatMap((each) => (each.method === method ? [show(each.params!)] : []));
  }

  async #find(fits: (message: Message) => boolean): Promise<Message> {
    const deadline = setTimeout(() => this.#failed(new Error('the browser does not answer')), PATIENCE_MS);
    try {
      for (;;) {
        const found = this.#messages.find(fits);
        if (found !== undefined) return found;
        if (this.#failure !== null) throw this.#failure;
        await new Promise<void>((resolve) => {
          this.#waiting.add(resolve);
        });
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #failed(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}
