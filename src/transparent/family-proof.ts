import { formatIp } from '../address/ip.ts';
import type { Clock } from '../observe/clock.ts';
import type { EchoEndpoint, FoundEchoes } from './find-echo.ts';
import type { SeenPeer } from './read-echo.ts';

/** How often a node proves itself anew. */
const EVERY_MS = 60_000;
/** After a failure: 1, 2, 4 … s. */
const SOON_MS = 1000;
/** How long an echo may take to answer. */
const ANSWER_MS = 2000;
/** How long a source may be silent at the start before the node counts as not proven. */
const FIRST_ANSWER_MS = 5000;
/** For how long a node that was proven may be without an echo: its pod restarts, or is replaced. */
const ABSENT_MS = 30_000;
/** A lost answer may be one lost packet. With so many in a row a node that was proven is at fault. */
const LOST_IN_A_ROW = 2;

/**
 * Masquerade is seen as silence: the kernel changes the address of an answer back only after the rule that marks the answers for
 * transparent sockets, so that it gets no mark.
 */
const LOST =
  'its answers get no mark ("herald routes show --node"), a rule of the host or of the CNI changes the addresses of clients (masquerade), or a network policy drops packets from foreign addresses';

/** What came of one dial. `from`: our own end. */
export type EchoSight =
  | { readonly kind: 'seen'; readonly from: SeenPeer; readonly seen: SeenPeer }
  /** Nothing listens there, or it is no `herald echo`. */
  | { readonly kind: 'refused' | 'no_echo' }
  | { readonly kind: 'error'; readonly code: string };

/** Dials an echo and calls `ended` once, never before it has returned, unless the returned function is called. */
export type DialEcho = (
  echo: EchoEndpoint,
  stranger: Uint8Array,
  ended: (sight: EchoSight) => void,
) => () => void;

export interface ProofParts {
  readonly clock: Clock;
  readonly dial: DialEcho;
  /** The echoes of this node now. */
  readonly find: () => FoundEchoes;
  /** An address that answers of this echo would leave the node for. */
  readonly strangerFor: (echo: EchoEndpoint) => Uint8Array;
  /** Whether the rules and routes of `herald routes up --node` are known to be missing. */
  readonly isUnrouted: (echo: EchoEndpoint) => boolean;
  /** `verdict` is another one, or has another cause. */
  readonly decided: () => void;
}

/** What is known of this node. `code` names the cause of a fault, and `why` is a sentence about it. */
export type ProofVerdict =
  | { readonly state: 'unknown' }
  | { readonly state: 'proven'; readonly echo: string; readonly seen: string }
  | { readonly state: 'fault'; readonly code: string; readonly why: string };

/** `isLoss`: the node is at fault. Else nothing is known of it, because there is no echo. */
interface Failure {
  readonly code: string;
  readonly why: string;
  readonly isLoss: boolean;
}

/**
 * Proves that clients of one family can be presented to pods of this node: a foreign address is bound, the echo of this node is dialed
 * from it, and what the echo saw is compared. At the start, each minute, and soon after a failure.
 *
 *     find-echo ── the pod to ask ──▶ FamilyProof ── dial-echo ──▶ herald echo
 *                                         └─ verdict ──▶ NodeReach, metric, log
 *
 * A proven node stays proven through one lost answer, and for half a minute without an echo. One that was never proven is at fault
 * with the first failure.
 */
export class FamilyProof {
  readonly #parts: ProofParts;
  #verdict: ProofVerdict = { state: 'unknown' };
  /** Ends what runs or waits. */
  #cancel: () => void = () => {};
  #startedAt: number | null = null;
  #failures = 0;
  #lost = 0;
  #absentSince: number | null = null;
  /** The echoes of the last attempt. */
  #asked = '';
  /** Causes that were told since the node was proven: those of two echoes may come by turns. */
  readonly #told = new Set<string>();

  constructor(parts: ProofParts) {
    this.#parts = parts;
  }

  get verdict(): ProofVerdict {
    return this.#verdict;
  }

  /** Proves now if nothing has been tried yet, or if this node has other echoes than at the last attempt. */
  look(): void {
    if (this.#startedAt !== null && this.#asked === textOf(this.#parts.find())) return;
    this.#startedAt ??= this.#parts.clock.now();
    this.#attempt();
  }

  stop(): void {
    this.#cancel();
  }

  #attempt(): void {
    this.#cancel();
    const { clock, dial, find, strangerFor } = this.#parts;
    const found = find();
    this.#asked = textOf(found);
    if (!('echoes' in found)) {
      const { missing, waits } = found;
      const isEarly = waits && clock.now() - this.#startedAt! < FIRST_ANSWER_MS;
      this.#fail({ code: 'no_echo', why: missing, isLoss: false }, isEarly);
      return;
    }
    // Another one each time: one pod that fails alone is no fault of the node.
    const echo = found.echoes[this.#failures % found.echoes.length]!;
    const stranger = strangerFor(echo);
    const stopWaiting = clock.after(ANSWER_MS, () => {
      hangUp();
      this.#fail(this.#noAnswer(echo));
    });
    const hangUp = dial(echo, stranger, (sight) => {
      stopWaiting();
      this.#heard(echo, sight);
    });
    this.#cancel = () => {
      stopWaiting();
      hangUp();
    };
  }

  #heard(echo: EchoEndpoint, sight: EchoSight): void {
    const failure = failureOf(echo, sight);
    if (failure !== null) {
      this.#fail(failure);
      return;
    }
    this.#failures = 0;
    this.#lost = 0;
    this.#absentSince = null;
    this.#again(EVERY_MS);
    const { from } = sight as Extract<EchoSight, { kind: 'seen' }>;
    this.#decide({ state: 'proven', echo: echo.text, seen: formatIp(from.ip) });
  }

  #fail({ code, why, isLoss }: Failure, isEarly = false): void {
    const now = this.#parts.clock.now();
    this.#again(Math.min(SOON_MS * 2 ** this.#failures, EVERY_MS));
    this.#failures++;
    this.#lost = isLoss ? this.#lost + 1 : 0;
    if (!isLoss) this.#absentSince ??= now;
    const isExcused =
      this.#verdict.state === 'proven' &&
      (isLoss ? this.#lost < LOST_IN_A_ROW : now - this.#absentSince! < ABSENT_MS);
    if (isExcused || (isEarly && this.#verdict.state === 'unknown')) return;
    this.#decide({ state: 'fault', code, why });
  }

  #again(ms: number): void {
    this.#cancel = this.#parts.clock.after(ms, () => this.#attempt());
  }

  #decide(verdict: ProofVerdict): void {
    const before = this.#verdict.state;
    this.#verdict = verdict;
    if (before !== verdict.state) this.#told.clear();
    const cause = codeOf(verdict);
    if (this.#told.has(cause)) return;
    this.#told.add(cause);
    this.#parts.decided();
  }

  #noAnswer(echo: EchoEndpoint): Failure {
    const cause = this.#parts.isUnrouted(echo)
      ? 'the rules or routes for it are missing; run "herald routes up --node" in the network namespace of the host'
      : LOST;
    return {
      code: 'no_answer',
      why: `its echo ${echo.text} did not answer within ${ANSWER_MS / 1000} s: ${cause}`,
      isLoss: true,
    };
  }
}

function failureOf({ text }: EchoEndpoint, sight: EchoSight): Failure | null {
  switch (sight.kind) {
    case 'seen': {
      const [from, seen] = [formatIp(sight.from.ip), formatIp(sight.seen.ip)];
      if (from !== seen) {
        const why = `its echo ${text} saw ${seen} instead of ${from}: a rule of the host or of the CNI changes the addresses of clients (masquerade)`;
        return { code: 'other_address', why, isLoss: true };
      }
      if (sight.from.port === sight.seen.port) return null;
      const why = `its echo ${text} saw another port than the one that was dialed from: a rule of the host or of the CNI changes it`;
      return { code: 'other_port', why, isLoss: true };
    }
    case 'refused':
      return { code: 'refused', why: `its echo ${text} refuses connections`, isLoss: false };
    case 'no_echo':
      return { code: 'no_echo', why: `${text} answers, but is no herald echo`, isLoss: false };
    case 'error':
      // The rules for what is sent as a client say so of a pod that is gone.
      if (sight.code === 'ENETUNREACH') {
        const why = `there is no route to its echo ${text} in table main but a default one: the pod is gone, or the CNI keeps the routes to pods in another table`;
        return { code: 'no_route', why, isLoss: false };
      }
      return {
        code: sight.code,
        why: `its echo ${text} cannot be dialed: ${errorText(sight.code)}`,
        isLoss: true,
      };
  }
}

function errorText(code: string): string {
  return code === 'EPERM' ? 'EPERM, so CAP_NET_RAW is missing, or a rule of the host forbids it' : code;
}

function codeOf(verdict: ProofVerdict): string {
  return 'code' in verdict ? verdict.code : verdict.state;
}

function textOf(found: FoundEchoes): string {
  return 'echoes' in found ? found.echoes.map(({ text }) => text).join(' ') : found.missing;
}
