import type { ExecutionContext } from 'ava';
import { createKubernetesClient } from '../../../src/discovery/kubernetes/api-client.ts';
import { createCluster } from '../../../src/discovery/kubernetes/cluster.ts';
import {
  createKubernetesSource,
  type KubernetesSourceOptions,
} from '../../../src/discovery/kubernetes/kubernetes-source.ts';
import type { SourceRemark } from '../../../src/endpoints/endpoint-source.ts';
import { createConditions } from '../../helpers/conditions.ts';
import { NAMESPACE, SERVICE, service, slice, sliceEndpoint } from '../../helpers/kubernetes-objects.ts';
import { type ScriptedKubernetes, scriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import type { Speech } from '../../helpers/scripted-kubernetes-wire.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';
import { memoryFiles, passTime, trustingAccess } from './watch-parts.ts';

/** The source of `shop/web:http` against a scripted API; everything is closed when the test ends. */
export async function startSource(
  t: ExecutionContext,
  prepare: (api: ScriptedKubernetes) => void = () => {},
  { over = 'http', ...more }: Partial<KubernetesSourceOptions> & { readonly over?: Speech } = {},
) {
  const api = await scriptedKubernetes({ over });
  prepare(api);
  const clock = turnedClock();
  const conditions = createConditions();
  const remarks: SourceRemark[] = [];
  const told = { changes: 0 };
  const random = () => 0;
  const client = createKubernetesClient(trustingAccess(api.url), { clock, files: memoryFiles({}), random });
  const cluster = createCluster({ client, clock, random, remark: hear });
  const source = createKubernetesSource({
    name: 'k8s:shop/web:http',
    ...{ namespace: NAMESPACE, service: SERVICE, port: 'http', family: 'auto', cidrs: null },
    ...{ cluster, clock },
    ...more,
  });
  t.teardown(async () => {
    await source.stop();
    cluster.stop();
    client.stop();
    await api.close();
  });
  source.start({
    changed() {
      told.changes++;
      conditions.touch();
    },
    remark: hear,
  });
  function hear(remark: SourceRemark): void {
    remarks.push(remark);
    conditions.touch();
  }
  const texts = () => source.state.endpoints.map(({ text }) => text);
  return {
    ...{ api, clock, client, cluster, source, told, remarks, texts },
    pass: (ms: number) => passTime(clock, over, ms),
    until: conditions.until,
    synced: () => conditions.until(() => source.state.synced),
    /** Resolves once exactly these are the endpoints. */
    async serves(...expected: string[]) {
      await conditions.until(() => `${texts()}` === `${expected}`);
      t.deepEqual(texts(), expected);
    },
    said: (code: string) => conditions.until(() => remarks.some((each) => each.code === code)),
    codes: () => remarks.map(({ code }) => code),
  };
}

/** The Service and one slice with these addresses. */
export const shop =
  (...addresses: string[]) =>
  (api: ScriptedKubernetes) => {
    api.put(service());
    api.put(sliceOf(...addresses));
  };

export const sliceOf = (...addresses: string[]) =>
  slice(
    'web-a',
    addresses.map((address) => sliceEndpoint(address)),
  );
