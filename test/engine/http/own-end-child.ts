import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineHarness, endpointAt } from '../../helpers/engine-harness.ts';
import { create, FORWARDED, GET } from './play-http.ts';

// Asks an endpoint that is down until the kernel would have connected a socket to itself, and prints how each request was answered.

const PORT = 50_051;
const ATTEMPTS = 300;

/** Clients of a unix socket take no ports. */
const folder = mkdtempSync(join(tmpdir(), 'herald-'));
const listen = { kind: 'unix', path: join(folder, 'clients.sock') } as const;
const plan = { ...FORWARDED, listen, endpoints: [endpointAt(PORT)], ejection: { after: 0 } };
const harness = await EngineHarness.start(create, plan);
const reasons = new Map<string, number>();
for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
  const client = await harness.connect();
  client.write(GET);
  const reason = /: (\w+)\n$/.exec((await client.readToEnd()).toString())![1]!;
  client.end();
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}
await harness.stop();
rmSync(folder, { recursive: true });
console.log(JSON.stringify(Object.fromEntries(reasons)));
