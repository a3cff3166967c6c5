import { parseIp } from '../../src/address/ip.ts';
import { type EchoSight, FamilyProof } from '../../src/transparent/family-proof.ts';
import type { EchoEndpoint, FoundEchoes } from '../../src/transparent/find-echo.ts';
import { createManualClock } from '../observe/manual-clock.ts';

export const STRANGER = parseIp('203.0.113.201')!;
export const ECHO: EchoEndpoint = { ip: parseIp('10.1.0.5')!, port: 80, text: '10.1.0.5:80' };
export const OTHER: EchoEndpoint = { ip: parseIp('10.1.0.6')!, port: 80, text: '10.1.0.6:80' };
export const ABSENT: FoundEchoes = { missing: 'there is no echo', waits: false };
export const SILENT: FoundEchoes = { missing: 'k8s:edge/echo has not answered yet', waits: true };

export const end = (ip: string, port = 40_000) => ({ ip: parseIp(ip)!, port });
export const GOOD: EchoSight = { kind: 'seen', from: end('203.0.113.201'), seen: end('203.0.113.201') };

/** A proof whose echoes answer when a test says so. */
export function setUp(first: FoundEchoes = { echoes: [ECHO] }) {
  const clock = createManualClock();
  // Whatever is measured does not begin with the process.
  clock.advance(100_000);
  const dials: { text: string; stranger: Uint8Array; isOver: boolean; ended: (sight: EchoSight) => void }[] =
    [];
  const world = { found: first, unrouted: false, decisions: 0 };
  const proof = new FamilyProof({
    clock,
    find: () => world.found,
    strangerFor: () => STRANGER,
    isUnrouted: () => world.unrouted,
    dial: ({ text }, stranger, ended) => {
      const dial = { text, stranger, isOver: false, ended };
      dials.push(dial);
      return () => {
        dial.isOver = true;
      };
    },
    decided: () => {
      world.decisions++;
    },
  });
  const answer = (sight: EchoSight) => dials.at(-1)!.ended(sight);
  const why = () => ('why' in proof.verdict ? proof.verdict.why : proof.verdict.state);
  return { clock, dials, world, proof, answer, why };
}
