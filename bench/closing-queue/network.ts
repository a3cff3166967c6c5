import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Child } from '../child.ts';

const WIRE = fileURLToPath(new URL('./wire-process.js', import.meta.url));
const NODE = `herald-${process.pid}-node`;
const CLIENTS = `herald-${process.pid}-clients`;

/** Of 198.18.0.0/15, which is for measurements, and a network of IPv6 that is routed nowhere. */
export const ADDRESSES = { IPv4: '198.18.0.1', IPv6: 'fd00:198:18::1' } as const;
export type Family = keyof typeof ADDRESSES;

/** A node and its clients, each in a network namespace of its own, and one cable between them. Needs root. */
export class Network {
  readonly #wire: Child | null;

  private constructor(wire: Child | null) {
    this.#wire = wire;
  }

  /** 0 ms is a pair of virtual devices; above, a process carries the packets. */
  static async create(rttMs: number): Promise<Network> {
    for (const name of [NODE, CLIENTS]) {
      ip('netns', 'add', name);
      ip('-n', name, 'link', 'set', 'lo', 'up');
    }
    let wire: Child | null = null;
    const [toClients, toNode] = [`hc${process.pid}`, `hn${process.pid}`];
    if (rttMs === 0) ip('link', 'add', toClients, 'type', 'veth', 'peer', 'name', toNode);
    else {
      wire = new Child('the wire', process.execPath, [WIRE, toClients, toNode, String(rttMs)], {
        talks: true,
      });
      await once(wire.process, 'message');
    }
    plug(CLIENTS, toClients, '2');
    plug(NODE, toNode, '1');
    const ports = ['sh', '-c', 'echo 1024 65535 > /proc/sys/net/ipv4/ip_local_port_range'];
    execFileSync('ip', ['netns', 'exec', CLIENTS, ...ports]);
    return new Network(wire);
  }

  /** net.ipv4.tcp_migrate_req of the node; it is for both families. */
  migrate(on: boolean): void {
    const command = ['sh', '-c', `echo ${on ? 1 : 0} > /proc/sys/net/ipv4/tcp_migrate_req`];
    execFileSync('ip', ['netns', 'exec', NODE, ...command]);
  }

  run(place: 'node' | 'clients', title: string, script: string, args: readonly string[]): Child {
    const name = place === 'node' ? NODE : CLIENTS;
    const command = ['netns', 'exec', name, process.execPath, script, ...args];
    return new Child(title, 'ip', command, { talks: true });
  }

  async remove(): Promise<void> {
    await this.#wire?.stop();
    Network.removeAll();
  }

  static removeAll(): void {
    for (const name of [NODE, CLIENTS]) spawnSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
  }
}

function plug(namespace: string, device: string, host: string): void {
  ip('link', 'set', device, 'netns', namespace);
  ip('-n', namespace, 'addr', 'add', `198.18.0.${host}/24`, 'dev', device);
  ip('-n', namespace, 'addr', 'add', `fd00:198:18::${host}/64`, 'dev', device, 'nodad');
  ip('-n', namespace, 'link', 'set', device, 'up');
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}
