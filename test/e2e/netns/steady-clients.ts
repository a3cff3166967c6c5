import { fileURLToPath } from 'node:url';
import type { Owner } from '../../helpers/peer-owner.ts';
import { PeerProcess } from '../../helpers/peer-process.ts';
import type { Namespace } from './namespace.ts';
import type { Outcome, Visit } from './visit.ts';

const CLIENT = fileURLToPath(new URL('./steady-client-process.js', import.meta.url));

/** A visit that ended: the place of the client in the list of all, and what became of it. */
export interface Ended {
  readonly client: number;
  readonly outcome: Outcome;
}

/** Clients that keep connecting, each on its own way, whatever happens meanwhile. */
export class SteadyClients extends PeerProcess {
  /** All that ended, oldest first. */
  readonly ended: Ended[] = [];
  readonly #count: number;

  private constructor(outside: Namespace, visits: readonly Visit[]) {
    super(process.execPath, [CLIENT, JSON.stringify(visits)], { within: outside.within, open: true });
    this.#count = visits.length;
  }

  static start(owner: Owner, outside: Namespace, visits: readonly Visit[]): SteadyClients {
    const clients = new SteadyClients(outside, visits);
    owner.teardown(() => clients.stop('SIGKILL'));
    return clients;
  }

  /** What ends from now on, until it is so many visits of each client. */
  next(visits: number): Promise<readonly Ended[]> {
    const from = this.ended.length;
    return this.until(`${visits} visits more of each client`, () => {
      const since = this.ended.slice(from);
      const counts = new Array<number>(this.#count).fill(0);
      for (const { client } of since) counts[client]! += 1;
      return Math.min(...counts) >= visits ? since : undefined;
    });
  }

  /** Lets those under way end, and gives all. */
  async finish(): Promise<readonly Ended[]> {
    this.child.stdin!.end();
    const { code } = await this.exited;
    if (code !== 0) throw new Error(`the clients ended with ${code}: ${this.stderr.join('\n')}`);
    return this.ended;
  }

  protected override heard(line: string): void {
    this.ended.push(JSON.parse(line));
  }
}
