import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { testWith } from '../../helpers/peer-installed.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { folderFor } from '../../helpers/peer-start.ts';
import { createTurns } from '../../helpers/turns.ts';
import { NAMESPACES, playWithin } from '../kubernetes/play.ts';
import type { Told } from '../kubernetes/world.ts';
import { startOuterRelay } from './outer-relay.ts';

const SCENARIO = fileURLToPath(new URL('./scenario-process.js', import.meta.url));

/** Each row starts two processes: more at once would only wait for each other. A real cluster is one for all. */
const turns = createTurns(process.env.HERALD_KUBECONFIG_TEST === undefined ? 2 : 1);

/** Runs a test when it is its turn. */
export function inTurns(run: (t: ExecutionContext) => void | Promise<void>): typeof run {
  return (t) => turns(async () => run(t));
}

/** A test that needs a network of its own. */
export const gatewayTest = testWith([], [NAMESPACES], (title, run) => test(title, inTurns(run)));

/** A test of what only the scripted API can be made to do. */
export const scriptedTest = testWith(
  [],
  [
    NAMESPACES,
    {
      missing:
        process.env.HERALD_KUBECONFIG_TEST === undefined
          ? null
          : 'a real API server cannot be made to do this',
    },
  ],
  (title, run) => test(title, inTurns(run)),
);

/** Plays a scenario of scenarios.ts in a network of its own, in which all of 10.0.0.0/8 is the machine itself. */
export function play(t: ExecutionContext, scenario: string, ...words: readonly string[]): Promise<Told> {
  return playOf(t, SCENARIO, scenario, ...words);
}

/** The same for another script of scenarios. */
export async function playOf(
  t: ExecutionContext,
  script: string,
  ...words: readonly string[]
): Promise<Told> {
  return playWithin(t, script, words, await relayFor(t));
}

/** What a real API server needs, so that it can be reached from inside. */
async function relayFor(owner: Owner): Promise<{ readonly [name: string]: string }> {
  const kubeconfig = process.env.HERALD_KUBECONFIG_TEST;
  if (kubeconfig === undefined) return {};
  return { HERALD_API_SOCKET_TEST: await startOuterRelay(owner, kubeconfig, await folderFor(owner)) };
}
