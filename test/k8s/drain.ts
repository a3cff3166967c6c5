import { PROCESS_OPTIONS } from '../../src/config/process-options.ts';
import { argumentOf, type Container, commandOf, type Workload } from './overlays.ts';

export interface Drain {
  readonly delaySeconds: number;
  readonly timeoutSeconds: number;
  readonly graceSeconds: number;
}

/** The container that is a Herald with clients, an edge, a gateway or a sidecar; undefined where a pod has none. */
export function heraldOf({ containers }: Workload): Container | undefined {
  return containers.find((container) => ['edge', 'sidecar', 'gateway'].includes(commandOf(container)));
}

/** What a pod's Herald takes to end, and how long the kubelet lets it. Times are written, never left to a default. */
export function drainOf(herald: Container, { pod }: Workload): Drain {
  return {
    delaySeconds: secondsOf(herald, '--drain-delay', 'drainDelay'),
    timeoutSeconds: secondsOf(herald, '--drain-timeout', 'drainTimeout'),
    graceSeconds: Number(pod.terminationGracePeriodSeconds),
  };
}

function secondsOf(herald: Container, flag: string, key: 'drainDelay' | 'drainTimeout'): number {
  const text = argumentOf(herald, flag);
  const parsed = PROCESS_OPTIONS[key].type.parse(text === undefined ? [] : [text]);
  if (text === undefined || !('value' in parsed)) throw new Error(`${flag} of ${herald.name}: ${text}`);
  return Number(parsed.value) / 1000;
}
