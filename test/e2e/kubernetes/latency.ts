import { setTimeout as pause } from 'node:timers/promises';
import { slice, sliceEndpoint } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { EVERYWHERE, ready, startPod, startWorld, type Told, until } from './world.ts';

/** A block of 250 addresses, `10.block.x.1` to `.250`. */
const block = (number: number, count: number) =>
  Array.from({ length: count }, (_, at) => `10.${number}.${Math.floor(at / 250)}.${(at % 250) + 1}`);

/** Slices of at most 1,000 endpoints each, as the API has them. */
function slices(name: string, ips: readonly string[]) {
  const many = Math.ceil(ips.length / 1000);
  return Array.from({ length: many }, (_, at) =>
    slice(
      `${name}-${at}`,
      ips.slice(at * 1000, (at + 1) * 1000).map((ip) => sliceEndpoint(ip)),
    ),
  );
}

function told(times: readonly number[]): Told {
  const sorted = times.map(Math.round).sort((a, b) => a - b);
  return { least: sorted[0], median: sorted[sorted.length >> 1], most: sorted.at(-1) };
}

/** Milliseconds from an event to the first connection on an endpoint that it brought, where all are others. */
export async function latencyOfAll(owner: Owner, flags: string): Promise<Told> {
  await startPod(owner, EVERYWHERE);
  const { port, api } = await startWorld(owner, [], flags);
  const times: number[] = [];
  for (let turn = 1; turn <= 8; turn++) {
    // Every endpoint is another one, so that the next connection shows whether the worker knows.
    for (const each of slices('web-x', block(turn, 1000))) api.put(each);
    times.push(await until(port, (answer) => answer.startsWith(`10.${turn}.`)));
    await pause(120);
  }
  return told(times);
}

/** One endpoint more in a pool of so many: the others stay. Under PreferLocal the next connection is its. */
export async function latencyOfOne(owner: Owner, flags: string, count: number): Promise<Told> {
  await startPod(owner, EVERYWHERE);
  const { port, api, metric } = await startWorld(owner, [], flags);
  for (const each of slices('web-x', block(1, count - 1))) api.put(each);
  while ((await metric(/^herald_endpoints\{.*state="usable"/)) < count - 1);
  const times: number[] = [];
  for (let turn = 1; turn <= 8; turn++) {
    await pause(120);
    const fresh = `10.2.0.${turn}`;
    api.put(slice('web-fresh', [ready(fresh, { nodeName: 'here' })]));
    times.push(await until(port, (answer) => answer === fresh));
  }
  return told(times);
}
