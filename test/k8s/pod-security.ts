import type { Workload } from './overlays.ts';
import type { Fields } from './strategic-merge.ts';

/** The levels of PodSecurity between which k8s/ has to choose; `baseline` is nobody's. */
export type PodSecurityLevel = 'restricted' | 'privileged';

/**
 * The strictest level at which this pod is admitted. What every container of ours has anyway (no escalation, all
 * capabilities dropped, no volumes of the host) is the schema's to hold.
 */
export function podSecurityLevel({ pod, containers }: Workload): PodSecurityLevel {
  const podContext = pod.securityContext as Fields;
  const isRestricted = containers.every((container) => {
    const context = { ...podContext, ...(container.securityContext as Fields) };
    const { add = [] } = context.capabilities as { add?: readonly string[] };
    const seccomp = (context.seccompProfile as Fields | undefined)?.type;
    const hasHostPort = container.ports?.some(({ hostPort }) => hostPort !== undefined) ?? false;
    return (
      !hasHostPort &&
      add.length === 0 &&
      context.runAsNonRoot === true &&
      context.runAsUser !== 0 &&
      seccomp === 'RuntimeDefault'
    );
  });
  return isRestricted && pod.hostNetwork !== true ? 'restricted' : 'privileged';
}
