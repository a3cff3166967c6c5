import { setMaxListeners } from 'node:events';
import type { ExecutionContext } from 'ava';
import type { KubernetesAccess } from '../../../src/discovery/kubernetes/access.ts';
import {
  createKubernetesClient,
  type KubernetesClient,
} from '../../../src/discovery/kubernetes/api-client.ts';
import type { ApiFailure } from '../../../src/discovery/kubernetes/failure.ts';
import { type ScriptedKubernetes, scriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import type { Speech } from '../../helpers/scripted-kubernetes-wire.ts';
import { startTcpRelay, type TcpRelay } from '../../helpers/tcp-relay.ts';
import { type TurnedClock, turnedClock } from '../../helpers/turned-clock.ts';
import { memoryFiles, trustingAccess } from './watch-parts.ts';

export const PATH = '/api/v1/namespaces/shop/services?resourceVersion=0';
const WATCH = '/api/v1/namespaces/shop/services?watch=1&resourceVersion=1000';

export interface ClientParts {
  readonly access?: Partial<KubernetesAccess>;
  readonly files?: { [path: string]: string | undefined };
  /** The path of the API's address. */
  readonly path?: string;
  readonly maxStreams?: number;
  /** Puts a relay, which can be frozen, in front of the API. */
  readonly isRelayed?: boolean;
}

export interface StartedClient {
  readonly api: ScriptedKubernetes;
  readonly client: KubernetesClient;
  readonly clock: TurnedClock;
  readonly relay: TcpRelay | null;
  readonly signal: AbortSignal;
  /** `listed`, or the code of the failure. */
  list(): Promise<string>;
  /** Ends the watch after this many lines. */
  watch(most?: number): {
    readonly lines: readonly string[];
    readonly opened: Promise<void>;
    readonly ended: Promise<ApiFailure | null>;
  };
}

/** A client of a scripted API; everything is closed when the test ends. */
export async function startClient(
  t: ExecutionContext,
  over: Speech,
  parts: ClientParts = {},
): Promise<StartedClient> {
  const { access = {}, files = {}, path = '', maxStreams = 250, isRelayed = false } = parts;
  const api = await scriptedKubernetes({ over, maxStreams });
  const clock = turnedClock();
  const relay: TcpRelay | null = isRelayed ? await startTcpRelay(api.url, clock) : null;
  const url = new URL(path, relay?.url ?? api.url);
  const client = createKubernetesClient(trustingAccess(url, access), {
    ...{ clock, files: memoryFiles(files), random: () => 0 },
  });
  const abort = new AbortController();
  const { signal } = abort;
  setMaxListeners(0, signal);
  t.teardown(async () => {
    abort.abort();
    client.stop();
    relay?.close();
    await api.close();
  });
  return {
    ...{ api, client, clock, relay, signal },
    async list() {
      const reply = await client.list(PATH, signal);
      return 'object' in reply ? 'listed' : reply.code;
    },
    watch(most = Number.POSITIVE_INFINITY) {
      const lines: string[] = [];
      let open = () => {};
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      const listener = { opened: open, line: (line: string) => lines.push(line) < most };
      return { lines, opened, ended: client.watch(WATCH, listener, signal) };
    },
  };
}
