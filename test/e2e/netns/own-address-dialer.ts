import { fileURLToPath } from 'node:url';
import type { Owner } from '../../helpers/peer-owner.ts';
import { PeerProcess } from '../../helpers/peer-process.ts';
import type { Namespace } from './namespace.ts';

const DIALER = fileURLToPath(new URL('./own-address-dialer-process.js', import.meta.url));

/** A connection from a client's address and port to a pod. */
export interface Dial {
  readonly from: string;
  readonly port: number;
  readonly to: string;
  readonly toPort: number;
  /** The mark of the socket; none by default. */
  readonly mark?: number;
}

/** How it ended, an errno for a failure; and whom the pod saw. */
export interface Dialed {
  readonly end: string;
  readonly pod?: string;
  readonly address?: string;
  readonly port?: number;
}

export type Order =
  | {
      readonly dials: readonly Dial[];
      readonly timeoutMs: number;
      readonly atOnce: number;
      readonly keeps: boolean;
    }
  | { readonly talkMs: number }
  | { readonly resets: readonly Dial[]; readonly afterBytes: number };

export interface DialOptions {
  readonly timeoutMs?: number;
  readonly atOnce?: number;
  /** Connections that are answered stay open, for `talk`. */
  readonly keeps?: boolean;
}

/** Dials that were told apart: whom the pod saw, and how those ended that were not answered. */
export interface Tally {
  readonly right: number;
  readonly wrong: number;
  readonly timedOut: number;
  readonly failed: number;
  /** The first that was not right, as text; empty: there is none. */
  readonly first: string;
}

/** Dials pods from addresses of clients, in the network of a node. */
export class Dialer extends PeerProcess {
  #asked = 0;

  static start(owner: Owner, node: Namespace): Dialer {
    const dialer = new Dialer(process.execPath, [DIALER], { within: node.within, open: true });
    owner.teardown(() => dialer.stop('SIGKILL'));
    return dialer;
  }

  dial(dials: readonly Dial[], options: DialOptions = {}): Promise<readonly Dialed[]> {
    const { timeoutMs = 700, atOnce = 100, keeps = false } = options;
    return this.#order({ dials, timeoutMs, atOnce, keeps });
  }

  /** Sends a line on each connection that was kept, and says how it ended: `answered`, or an errno. */
  talk(timeoutMs = 700): Promise<readonly Dialed[]> {
    return this.#order({ talkMs: timeoutMs });
  }

  /** Resets each connection once so many bytes have come, one after the other. */
  reset(resets: readonly Dial[], afterBytes: number): Promise<readonly Dialed[]> {
    return this.#order({ resets, afterBytes });
  }

  #order(order: Order): Promise<readonly Dialed[]> {
    const at = this.#asked++;
    this.child.stdin!.write(`${JSON.stringify(order)}\n`);
    return this.until(`answer ${at} of the dialer`, () => {
      const line = this.stdout[at];
      return line === undefined ? undefined : JSON.parse(line);
    });
  }
}

export function tally(dials: readonly Dial[], dialed: readonly Dialed[]): Tally {
  const counts = { right: 0, wrong: 0, timedOut: 0, failed: 0 };
  let first = '';
  for (const [at, each] of dialed.entries()) {
    const { from, port } = dials[at]!;
    const isRight = each.address === from && each.port === port;
    if (each.end === 'answered') counts[isRight ? 'right' : 'wrong']++;
    else counts[each.end === 'timed out' ? 'timedOut' : 'failed']++;
    if (!isRight && first === '') first = `${from} ${port}: ${JSON.stringify(each)}`;
  }
  return { ...counts, first };
}
