import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../child.ts';
import type { Contender, Place, Running, ScenarioId } from '../contender.ts';
import { answers } from './answers.ts';
import { installed, printed } from './installed.ts';

const command = installed('haproxy');

const EVERYTHING: readonly ScenarioId[] = [
  ...(['short', 'kept', 'bulk-down', 'bulk-up', 'idle', 'ingress-v1', 'ingress-v2'] as const),
  ...(['latency', 'endpoints', 'open', 'threads'] as const),
];

/** The limit of active servers of HAProxy's `roundrobin`. */
const MAX_ROUND_ROBIN = 4095;

/** HAProxy with one thread, with defaults or with its two options for `splice`. */
export function haproxy(splices: boolean): Contender {
  return {
    id: splices ? 'haproxy-splice' : 'haproxy',
    title: splices ? 'HAProxy with splice' : 'HAProxy',
    version: command === null ? null : (/version (\S+)/i.exec(printed(command, '-v'))?.[1] ?? null),
    header: 'v2',
    remark: null,
    scenarios: splices ? ['bulk-down', 'bulk-up'] : EVERYTHING,
    missing: command === null ? 'haproxy is not installed' : null,
    start: (place) => start(splices, place),
  };
}

async function start(splices: boolean, place: Place): Promise<Running> {
  const file = join(place.folder, 'haproxy.cfg');
  writeFileSync(file, configuration(splices, place));
  const child = new Child('HAProxy', command!, ['-db', '-f', file]);
  try {
    await child.until('open port', () => answers(place.listen));
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { port: place.listen, pids: [child.pid], end: () => child.end, stop: () => child.stop() };
}

function configuration(splices: boolean, place: Place): string {
  const { listen, endpoints, sessions, threads, accepts, presents } = place;
  const servers = endpoints.map(
    (address, number) => `  server endpoint${number} ${address}${presents ? ' send-proxy-v2' : ''}\n`,
  );
  return `global
  nbthread ${threads}
  maxconn ${sessions}
defaults
  mode tcp
  timeout connect 2s
  timeout client 1h
  timeout server 1h
${splices ? '  option splice-request\n  option splice-response\n' : ''}listen bench
  bind 127.0.0.1:${listen}${accepts === 'none' ? '' : ' accept-proxy'}
${endpoints.length > MAX_ROUND_ROBIN ? '  balance static-rr\n' : ''}${servers.join('')}`;
}
