import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Child } from '../child.ts';
import type { Network } from './network.ts';

const HOLDER = fileURLToPath(new URL('./holder-process.js', import.meta.url));
const ENDPOINT = fileURLToPath(new URL('./endpoint-process.js', import.meta.url));
const HERALD = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const ENDPOINT_PORT = 9000;

/** One of two that take turns in listening. */
export interface Holder {
  open(): Promise<void>;
  /** Resolves once its listening socket is closed. */
  close(): Promise<void>;
}

/** Two holders of a port of the node, and what ends them. */
export interface Holders {
  readonly pair: readonly [Holder, Holder];
  end(): Promise<void>;
}

/** Processes that stay, and open and close a socket each. `by` says how they close. */
export function socketHolders(network: Network, address: string, port: number, by: string): Holders {
  const children = ['a', 'b'].map((name) =>
    network.run('node', `holder ${name}`, HOLDER, [address, String(port)]),
  );
  const [one, other] = children.map((child) => ({
    open: () => tell(child, 'open'),
    close: () => tell(child, by),
  }));
  return {
    pair: [one!, other!],
    end: async () => void (await Promise.all(children.map((child) => child.stop()))),
  };
}

async function tell(holder: Child, message: string): Promise<void> {
  const answered = once(holder.process, 'message');
  holder.process.send(message);
  await answered;
}

/** Heralds: each opening is a new process, and each close a drain. */
export async function heraldHolders(network: Network, port: number, engine: string): Promise<Holders> {
  const endpoint = network.run('node', 'the endpoint', ENDPOINT, [String(ENDPOINT_PORT)]);
  await once(endpoint.process, 'message');
  const flags = `--listen :${port} --to 127.0.0.1:${ENDPOINT_PORT} --present none --reuse-port --engine ${engine} --threads 2`;
  const command = `edge ${flags} --metrics none --admin none --log-format json`.split(' ');
  const holder = (): Holder => {
    let herald: Child | null = null;
    return {
      open: async () => {
        const started = network.run('node', 'herald', HERALD, command);
        herald = started;
        await started.until('listening', () => started.lines.find((line) => line.includes('"listening"')));
      },
      close: async () => herald?.stop(),
    };
  };
  const pair = [holder(), holder()] as const;
  return {
    pair,
    end: async () => void (await Promise.all([endpoint.stop(), ...pair.map((each) => each.close())])),
  };
}
