import { fileURLToPath } from 'node:url';
import type { Owner } from '../../helpers/peer-owner.ts';
import { PeerProcess } from '../../helpers/peer-process.ts';
import type { Namespace } from './namespace.ts';

const CLIENTS = fileURLToPath(new URL('./own-address-clients-process.js', import.meta.url));

/** Connections from these addresses in turn, each to one of these nodes. */
export interface ClientsOrder {
  readonly from: readonly string[];
  readonly hosts: readonly string[];
  readonly port: number;
  /** 0: until they are told to end. */
  readonly count: number;
  /** So many at once, or so many a second where `rate` is not 0. */
  readonly atOnce: number;
  readonly rate: number;
  readonly timeoutMs: number;
}

/** A connection as the client and the pod saw it. */
export interface Met {
  readonly from: string;
  readonly port: number;
  readonly host: string;
  /** `answered`, or how it ended. */
  readonly end: string;
  readonly saw?: { readonly pod: string; readonly address: string; readonly port: number };
}

export interface MetCounts {
  readonly connections: number;
  /** The pod saw the client's own address and port. */
  readonly right: number;
  /** Connections by the pod that answered. */
  readonly pods: { readonly [pod: string]: number };
}

/** What they met; `others` are the connections that were not right. */
export interface MetAll extends MetCounts {
  readonly others: readonly Met[];
}

/** Clients who compare whom the pod saw with themselves. */
export class OwnAddressClients extends PeerProcess {
  /** How many connections have ended, to the nearest ten. */
  #met = 0;

  static start(owner: Owner, place: Namespace, order: Partial<ClientsOrder>): OwnAddressClients {
    const whole = { count: 0, atOnce: 8, rate: 0, timeoutMs: 5000, ...order };
    const clients = new OwnAddressClients(process.execPath, [CLIENTS, JSON.stringify(whole)], {
      within: place.within,
      open: true,
    });
    owner.teardown(() => clients.stop('SIGKILL'));
    return clients;
  }

  /** Resolves once they have met so many pods more. */
  meets(count: number): Promise<true> {
    const wanted = this.#met + count;
    return this.until(`${count} connections more`, () => (this.#met >= wanted ? true : undefined));
  }

  /** Tells them to end, and gives what they met. */
  finish(): Promise<MetAll> {
    this.child.stdin!.end();
    return this.done();
  }

  /** When all that they were to do is done. */
  async done(): Promise<MetAll> {
    const { code } = await this.exited;
    if (code !== 0) throw new Error(`the clients ended with ${code}: ${this.stderr.join('\n')}`);
    const lines = this.stdout.filter((line) => !line.startsWith('{"so":')).map((line) => JSON.parse(line));
    return { ...lines.pop().counts, others: lines };
  }

  protected override heard(line: string): void {
    if (line.startsWith('{"so":')) this.#met = JSON.parse(line).so;
  }
}
