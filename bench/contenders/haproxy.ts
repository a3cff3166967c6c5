import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../child.ts';
import type { Contender, Place, Running } from '../contender.ts';
import { answers } from './answers.ts';
import { installed, printed } from './installed.ts';

const command = installed('haproxy');

/** HAProxy with one thread, as it comes or with its two options for `splice`. */
export function haproxy(splices: boolean): Contender {
  return {
    id: splices ? 'haproxy-splice' : 'haproxy',
    title: splices ? 'HAProxy with splice' : 'HAProxy',
    version: command === null ? null : (/version (\S+)/i.exec(printed(command, '-v'))?.[1] ?? null),
    header: 'v2',
    remark: null,
    scenarios: splices ? ['bulk'] : ['short', 'kept', 'bulk', 'idle'],
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
  return { port: place.listen, pid: child.pid, end: () => child.end, stop: () => child.stop() };
}

function configuration(splices: boolean, { listen, endpoint, sessions }: Place): string {
  return `global
  nbthread 1
  maxconn ${sessions}
defaults
  mode tcp
  timeout connect 2s
  timeout client 1h
  timeout server 1h
${splices ? '  option splice-request\n  option splice-response\n' : ''}listen bench
  bind 127.0.0.1:${listen}
  server endpoint 127.0.0.1:${endpoint} send-proxy-v2
`;
}
