import { createHash, randomBytes } from 'node:crypto';
import { onLinux } from '../../linux/on-linux.ts';
import { CLIENT, ROOT, startChain } from './hop-parts.ts';

// Two Heralds in a row, as on two nodes.

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

onLinux(
  'by two Heralds the endpoint sees the client, and half-closes pass both ways',
  async (t) => {
    const { endpoint, hop, picking, come } = await startChain(t);
    const client = await come('request');
    client.end();
    const served = await endpoint.accept();
    t.deepEqual([served.socket.remoteAddress, served.socket.remotePort], [CLIENT.address, CLIENT.port]);
    t.is((await served.readToEnd()).toString(), 'request');
    served.end('answer');
    t.is((await client.readToEnd()).toString(), 'answer');

    const other = await come();
    const second = await endpoint.accept();
    second.end('greeting');
    t.is((await other.readToEnd()).toString(), 'greeting');
    other.end('late request');
    t.is((await second.readToEnd()).toString(), 'late request');

    const reasons = async (harness: typeof hop) => [
      (await harness.record()).reason,
      (await harness.record()).reason,
    ];
    t.deepEqual(await reasons(picking), ['client_closed', 'endpoint_closed']);
    t.deepEqual(await reasons(hop), ['client_closed', 'endpoint_closed']);
  },
  ROOT,
);

onLinux(
  'a mebibyte each way passes as it is, at once in both directions',
  async (t) => {
    const { endpoint, picking, come } = await startChain(t);
    const [up, down] = [randomBytes(1 << 20), randomBytes(1 << 20)];
    const client = await come();
    client.end(up);
    const served = await endpoint.accept();
    served.end(down);
    const [received, answered] = await Promise.all([served.readToEnd(), client.readToEnd()]);
    t.is(digest(received), digest(up));
    t.is(digest(answered), digest(down));
    t.like(await picking.record(), { bytesToEndpoint: up.length, bytesToClient: down.length });
  },
  ROOT,
);

onLinux(
  'resets of the client and of the endpoint pass through both',
  async (t) => {
    const { endpoint, hop, picking, come } = await startChain(t);
    const client = await come('a');
    const served = await endpoint.accept();
    t.is(await served.readText(1), 'a');
    client.reset();
    t.is(await served.ending, 'reset');
    t.is((await picking.record()).reason, 'client_reset');
    t.is((await hop.record()).reason, 'client_reset');

    const other = await come('b');
    const second = await endpoint.accept();
    t.is(await second.readText(1), 'b');
    second.reset();
    t.is(await other.ending, 'reset');
    t.is((await picking.record()).reason, 'endpoint_reset');
    t.is((await hop.record()).reason, 'endpoint_reset');
  },
  ROOT,
);

onLinux(
  'an endpoint that refuses is one that its hop cannot reach',
  async (t) => {
    const { endpoint, hop, picking, come } = await startChain(t);
    await endpoint.stop();
    const client = await come('hello');
    t.is(await client.ending, 'reset');
    t.like(await hop.record(), { reason: 'connect_refused', detail: 'ECONNREFUSED' });
    t.like(await picking.record(), { reason: 'connect_refused', detail: 'ECONNRESET' });
  },
  ROOT,
);

onLinux(
  'a hop that drains serves what it has to the end',
  async (t) => {
    const { endpoint, hop, come } = await startChain(t);
    const client = await come('a');
    const served = await endpoint.accept();
    t.is(await served.readText(1), 'a');
    const drained = hop.engine.drain();
    client.end('b');
    t.is((await served.readToEnd()).toString(), 'b');
    served.end('c');
    t.is((await client.readToEnd()).toString(), 'c');
    await drained;
    t.is((await hop.record()).reason, 'client_closed');
  },
  ROOT,
);
