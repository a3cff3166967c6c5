// A request through `--present forwarded` beside a bare reverse proxy on node:http, nginx and HAProxy, in one run:
// `node dist/bench/micro/forwarded.js [ROUNDS]`. Processor time of the proxy's process alone; contenders take turns,
// and a ratio is of one round. Exits 1 if the promised ratio to the bare proxy is not reached.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, medianInterval } from '../../src/load/statistics.ts';
import { Child } from '../child.ts';
import { freePort } from '../free-port.ts';
import { HTTP_CONTENDERS } from '../http/contenders.ts';
import { askOverKept } from '../http/requests.ts';
import { startProcessorTime } from '../processor-time.ts';
import { textTable } from '../text-table.ts';

const CONNECTIONS = 32;
const REQUESTS = 10_000;
const WARM_REQUESTS = 10_000;
const GOAL = 1.1;
const ENDPOINT = new URL('../http-endpoint-process.js', import.meta.url).pathname;

const rounds = Number(process.argv[2] ?? 7);
const folder = mkdtempSync(join(tmpdir(), 'herald-bench-'));
process.on('exit', () => {
  Child.killAll();
  rmSync(folder, { recursive: true, force: true });
});

const endpoint = new Child('the endpoint', process.execPath, [ENDPOINT]);
const { port: endpointPort } = JSON.parse(await endpoint.until('port', () => endpoint.lines[0])) as {
  port: number;
};
const subjects = await Promise.all(
  HTTP_CONTENDERS.filter(({ here }) => here).map(async ({ title, start }, at) => {
    const own = join(folder, String(at));
    mkdirSync(own);
    const port = await freePort();
    return { title, port, proxy: await start(port, endpointPort, own), costs: [] as number[] };
  }),
);
for (const { port } of subjects) await askOverKept(port, CONNECTIONS, WARM_REQUESTS);
for (let round = 0; round < rounds; round++) {
  for (const { port, proxy, costs } of subjects) {
    const processorTime = startProcessorTime(proxy.pid);
    await askOverKept(port, CONNECTIONS, REQUESTS);
    costs.push(processorTime() / REQUESTS);
  }
}
for (const { proxy } of subjects) await proxy.stop();
await endpoint.stop();

const [bare] = subjects;
const ratiosOf = (costs: readonly number[]) => costs.map((cost, round) => cost / bare!.costs[round]!);
const rows = subjects.map(({ title, costs }) => {
  const ratios = ratiosOf(costs);
  const [low, high] = medianInterval(ratios);
  const ratio = `${median(ratios).toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  return [title, median(costs).toFixed(1), title === bare!.title ? '–' : ratio];
});
console.log(`${REQUESTS} GETs of 64 bytes over ${CONNECTIONS} kept connections, ${rounds} rounds; medians`);
console.log(textTable([['contender', 'µs a request', `÷ ${bare!.title}`], ...rows], false));
const reached = median(ratiosOf(subjects[1]!.costs));
console.log(`target: Herald ≤ ${GOAL} × ${bare!.title}: ${reached <= GOAL ? 'met' : 'missed'}`);
process.exit(reached <= GOAL ? 0 : 1);
