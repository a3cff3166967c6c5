import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { installed, type Need } from '../../helpers/peer-installed.ts';
import { PeerProcess } from '../../helpers/peer-process.ts';
import type { Told } from './world.ts';

// Endpoints of Kubernetes are never on loopback (E10), so each scenario runs in a network namespace of its own, in
// which all of 10.0.0.0/8 is the machine itself.

const SCENARIO = fileURLToPath(new URL('./scenario-process.js', import.meta.url));
const UNSHARE = installed('unshare');
const IP = installed('ip');
/** Linux's epoll engine, and the portable one. */
export const ENGINES = ['epoll', 'net'] as const;

/** A network of its own; and processes of its own, so that Herald ends with the scenario, however that ends. */
const WITHIN = ['--net', '--pid', '--mount-proc', '--fork', '--kill-child'];

export const NAMESPACES: Need = { missing: whyNot() };

function whyNot(): string | null {
  const missing = UNSHARE.missing ?? IP.missing;
  if (missing !== null) return missing;
  const { status } = spawnSync(UNSHARE.command, [...WITHIN, 'true'], { stdio: 'ignore' });
  return status === 0 ? null : 'this user may not make network namespaces';
}

/** Plays a scenario, and returns what it found. */
export function play(t: ExecutionContext, scenario: string, flags = ''): Promise<Told> {
  return playWithin(t, SCENARIO, [scenario, ...flags.split(' ').filter(Boolean)]);
}

/** Runs a script of scenarios in a network of its own, and returns what it said last. */
export async function playWithin(
  t: ExecutionContext,
  script: string,
  words: readonly string[],
  env: { readonly [name: string]: string } = {},
): Promise<Told> {
  const setUp = `ip link set lo up && ip addr add 10.0.0.1/8 dev lo && exec "$0" "$@"`;
  const child = new PeerProcess(
    UNSHARE.command,
    [...WITHIN, 'sh', '-c', setUp, process.execPath, script, ...words],
    { env: { ...process.env, ...env } },
  );
  t.teardown(() => child.stop('SIGKILL'));
  const { code } = await child.exited;
  t.is(code, 0, child.stderr.join('\n'));
  return JSON.parse(child.stdout.at(-1)!);
}

/** Answers that are no pod's address. */
export function failures(answers: unknown): readonly string[] {
  return Object.keys(answers as object).filter((answer) => !answer.startsWith('10.1.'));
}
