import { connect } from 'node:net';
import { Child } from './child.ts';
import type { Counts, Ports } from './ports.ts';

const SCRIPT = new URL('./endpoint.js', import.meta.url).pathname;

/** The endpoint behind the contenders, in a process of its own. */
export class EndpointProcess {
  readonly #child: Child;
  readonly ports: Ports;

  private constructor(child: Child, ports: Ports) {
    this.#child = child;
    this.ports = ports;
  }

  static async start(): Promise<EndpointProcess> {
    const child = new Child('the endpoint', process.execPath, [SCRIPT], { part: 'endpoint' });
    const line = await child.until('ports', () => child.lines.find((each) => each.startsWith('{')));
    return new EndpointProcess(child, JSON.parse(line));
  }

  /** What it has seen since its start. */
  async counts(): Promise<Counts> {
    const socket = connect(this.ports.counts, '127.0.0.1');
    return JSON.parse(Buffer.concat(await socket.toArray()).toString());
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}
