import type { Clock } from '../observe/clock.ts';
import type { Log } from '../observe/log.ts';
import { type DialEcho, FamilyProof, type ProofVerdict } from './family-proof.ts';
import { type EchoState, findEchoes, knowsEcho } from './find-echo.ts';

const FAMILIES = [4, 6] as const;

/** The sources of `--node-echo`. */
export interface EchoSources {
  readonly states: readonly EchoState[];
  /** `changed`: a state has been replaced. Rejects as a source does that cannot be made. */
  start(changed: () => void): Promise<void>;
  stop(): Promise<void>;
}

/** What proofs need of this host. */
export interface ProofHost {
  readonly dial: DialEcho;
  isOwn(ip: Uint8Array): boolean;
  isUnrouted(ip: Uint8Array): boolean;
  strangerFor(ip: Uint8Array): Uint8Array;
}

export interface NodeProofParts {
  readonly node: string | null;
  readonly echoes: EchoSources;
  readonly clock: Clock;
  readonly log: Log;
  readonly host: ProofHost;
  /** Whether an endpoint of the family is on this node. */
  readonly hasEndpoint: (family: 4 | 6) => boolean;
  readonly changed: () => void;
}

/** The proofs of both families. A family is proven only if it is in use: some node has an echo of it, or this node an endpoint. */
export class NodeProof {
  readonly #parts: NodeProofParts;
  readonly #proofs: { readonly [family in 4 | 6]: FamilyProof };
  #isStopped = false;

  constructor(parts: NodeProofParts) {
    this.#parts = parts;
    this.#proofs = { 4: this.#proofOf(4), 6: this.#proofOf(6) };
  }

  verdict(family: 4 | 6): ProofVerdict {
    return this.#proofs[family].verdict;
  }

  isNeeded(family: 4 | 6): boolean {
    const { echoes, hasEndpoint } = this.#parts;
    return knowsEcho(echoes.states, family) || hasEndpoint(family);
  }

  /** Whether a first verdict is to come. */
  isPending(family: 4 | 6): boolean {
    const { states } = this.#parts.echoes;
    const isWanted = this.isNeeded(family) || states.some(({ synced }) => !synced);
    return isWanted && this.verdict(family).state === 'unknown';
  }

  /** Echoes or endpoints have changed. */
  look(): void {
    if (this.#isStopped) return;
    for (const family of FAMILIES) {
      if (this.#proofs[family].verdict.state !== 'unknown' || this.isNeeded(family))
        this.#proofs[family].look();
    }
  }

  stop(): void {
    this.#isStopped = true;
    for (const family of FAMILIES) this.#proofs[family].stop();
  }

  #proofOf(family: 4 | 6): FamilyProof {
    const { node, echoes, clock, host, changed } = this.#parts;
    return new FamilyProof({
      clock,
      dial: host.dial,
      find: () => findEchoes(echoes.states, family, node, (ip) => host.isOwn(ip)),
      strangerFor: ({ ip }) => host.strangerFor(ip),
      isUnrouted: ({ ip }) => host.isUnrouted(ip),
      decided: () => {
        this.#tell(family);
        changed();
      },
    });
  }

  #tell(family: 4 | 6): void {
    const { log } = this.#parts;
    const verdict = this.#proofs[family].verdict;
    if (verdict.state === 'proven') {
      const { echo, seen } = verdict;
      log.info(
        { family, echo },
        `this node presents clients over IPv${family}: the echo ${echo} saw ${seen}`,
      );
    } else log.error({ family }, faultText(family, verdict));
  }
}

/** One sentence. */
export function faultText(family: 4 | 6, verdict: Exclude<ProofVerdict, { state: 'proven' }>): string {
  if (verdict.state === 'unknown')
    return `this node has not proven yet that it presents clients over IPv${family}`;
  return `this node cannot present clients over IPv${family}: ${verdict.why}`;
}
