import { connect } from 'node:net';
import { Child } from './child.ts';
import { COUNTERS, COUNTERS_AT, KIND, REQUEST_BYTES } from './request.ts';

const SCRIPT = new URL('./endpoint.js', import.meta.url).pathname;

/** Connections that asked the endpoint something, by the header that came before. */
export type HeaderCounts = Readonly<Record<(typeof COUNTERS)[number], number>>;

/** The endpoint behind the contenders, in a process of its own. */
export class EndpointProcess {
  readonly #child: Child;
  readonly port: number;

  private constructor(child: Child, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(): Promise<EndpointProcess> {
    const child = new Child('the endpoint', process.execPath, [SCRIPT]);
    const port = await child.until('port', () => child.lines.find((line) => /^\d+$/.test(line)));
    return new EndpointProcess(child, Number(port));
  }

  async counts(): Promise<HeaderCounts> {
    const request = Buffer.alloc(REQUEST_BYTES, '.');
    request[0] = KIND.COUNT;
    const socket = connect(this.port, '127.0.0.1').end(request);
    const answer = Buffer.concat(await socket.toArray());
    const [none, v1, v2, invalid] = COUNTERS.map((_, index) => answer.readDoubleLE(COUNTERS_AT + 8 * index));
    return { none: none!, v1: v1!, v2: v2!, invalid: invalid! };
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}
