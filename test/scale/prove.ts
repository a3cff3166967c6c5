import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { residentBytes } from '../helpers/resident-bytes.ts';
import { scriptedKubernetes } from '../helpers/scripted-kubernetes.ts';
import {
  ENDPOINTS_OF_SERVICE,
  namespaceObject,
  namespaceOf,
  nodeOf,
  serviceOf,
  sliceOf,
} from './large-cluster.ts';
import type { FromWatch, ToWatch } from './scale-messages.ts';

// G9, by its own command, on a machine that does nothing else:
//
//     npm run scale -- [--services 1000] [--changes 100] [--churn 1000]
//
// A process of its own watches a scripted API and follows each Service. Its exit status is 1 if it takes more memory or
// connections than it may, or hears of a change too late.

const { values } = parseArgs({
  options: {
    services: { type: 'string', default: '1000' },
    changes: { type: 'string', default: '100' },
    churn: { type: 'string', default: '1000' },
  },
});

/** A gateway with everything may take 150 MiB (G9); 20 MiB are left to listeners, log and metrics, which are not here. */
const MAX_BYTES = 130 * 2 ** 20;
const MAX_LATE_MS = 100;
const MAX_CONNECTIONS = 8;
/** Longer than changes are held back, so that each is measured alone. */
const APART_MS = 100;

const services = Number(values.services);
let failures = 0;

function check(isRight: boolean, what: string): void {
  console.log(`${isRight ? 'ok    ' : 'FAILED'} ${what}`);
  if (!isRight) failures++;
}

async function hear(child: ChildProcess, is: FromWatch['is']): Promise<FromWatch> {
  for (;;) {
    const [message] = (await once(child, 'message')) as [FromWatch];
    if (message.is === is) return message;
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

function mostResidentBytes(pid: number): number {
  return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

const api = await scriptedKubernetes({ over: 'h2' });
for (let n = 0; n < services; n++) {
  api.put(serviceOf(n));
  api.put(sliceOf(n));
}
for (let n = 0; n < 100; n++) api.put(nodeOf(n));
for (let n = 0; n < 20; n++) api.put(namespaceObject(n));
const program = fileURLToPath(new URL('watch-process.js', import.meta.url));
const startedNs = process.hrtime.bigint();
const child = fork(program, [api.url.href, values.services]);
const pid = child.pid!;

const synced = await hear(child, 'synced');
const endpoints = synced.is === 'synced' ? synced.endpoints : 0;
console.log(
  `${services} Services, ${endpoints} endpoints, ${Number(BigInt(synced.atNs) - startedNs) / 1e6} ms after the start`,
);
check(endpoints === services * ENDPOINTS_OF_SERVICE, 'every endpoint is known');

// After the long run of the start, changes are held back for up to a second.
await wait(1500);
const lateMs: number[] = [];
for (let change = 1; change <= Number(values.changes); change++) {
  const n = change % services;
  const message: ToWatch = { service: `${namespaceOf(n)}/web-${n}`, revision: `${change}` };
  child.send(message);
  await wait(APART_MS);
  const putNs = process.hrtime.bigint();
  api.put(serviceOf(n, change));
  const heard = await hear(child, 'changed');
  lateMs.push(Number(BigInt(heard.atNs) - putNs) / 1e6);
}
lateMs.sort((a, b) => a - b);
const latest = lateMs.at(-1) ?? 0;
check(
  latest < MAX_LATE_MS,
  `a change is heard of after ${lateMs[lateMs.length >> 1]?.toFixed(1)} ms (median), ${latest.toFixed(1)} ms (most)`,
);

for (let change = 0; change < Number(values.churn); change++) {
  const n = change % services;
  api.put(serviceOf(n, -change));
  api.put(sliceOf(n));
  if (change % 10 === 0) await wait(1);
}
await wait(1000);
const [resident, most] = [residentBytes(pid) ?? 0, mostResidentBytes(pid)];
check(
  most < MAX_BYTES,
  `${mebibytes(most)} at most, ${mebibytes(resident)} after ${values.churn} more changes`,
);
check(api.mostConnections() <= MAX_CONNECTIONS, `${api.mostConnections()} connection(s) to the API`);
child.disconnect();
await once(child, 'exit');
await api.close();
process.exitCode = failures === 0 ? 0 : 1;
