import type { ExecutionContext } from 'ava';
import type { IngressWish, StatusWish } from '../../../src/controller/translate/translation.ts';
import { createStatusWriter } from '../../../src/controller/write/status-writer.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';
import { FakeApi, type Json, settled } from '../fake-api.ts';
import {
  CONTROLLER,
  classOf,
  clusterOf,
  INGRESS,
  readObserved,
  refOf,
  routeOf,
  serviceOf,
} from '../objects.ts';

export const servicePath = (name: string) => `/api/v1/namespaces/shop/services/${name}`;
export const ROUTE_PATH = '/apis/gateway.networking.k8s.io/v1/namespaces/shop/tcproutes/web';
export const CLASS_PATH = '/apis/gateway.networking.k8s.io/v1/gatewayclasses/web';

/** A status writer that leads, an API, and a watch that tells when it is asked to. */
export function startWriter(t: ExecutionContext) {
  const [api, clock] = [new FakeApi(), turnedClock()];
  const counts: { [result: string]: number } = {};
  const codes: string[] = [];
  const told = { isLeader: true, changes: 0 };
  let wishes: readonly StatusWish[] = [];
  let seen = clusterOf();
  const writer = createStatusWriter({
    ...{ client: api.client, fieldManager: 'herald-gateway', controllerName: CONTROLLER, clock },
    random: () => 0,
    isLeader: () => told.isLeader,
    read: readObserved,
    counted: (result) => {
      counts[result] = (counts[result] ?? 0) + 1;
    },
    changed: () => told.changes++,
    remark: ({ code }) => codes.push(code),
  });
  t.teardown(() => {
    writer.stop();
    if (clock.waiting.length > 0) throw new Error(`timers are left: ${clock.waiting}`);
  });
  /** The watch catches up with the API. */
  function watch(): void {
    const of = (part: string, read: (value: Json) => unknown) =>
      new Map(
        [...api.objects]
          .filter(([path]) => path.includes(`/${part}/`))
          .map(([, value]) => [
            part === 'gatewayclasses' ? value.metadata.name : `shop/${value.metadata.name}`,
            read(value),
          ]),
      ) as Map<string, never>;
    seen = clusterOf({
      ...{ services: of('services', serviceOf), tcpRoutes: of('tcproutes', routeOf) },
      gatewayClasses: of('gatewayclasses', classOf),
    });
    writer.want(wishes, seen);
  }
  return {
    ...{ api, clock, counts, codes, told, writer, watch },
    want(...next: readonly StatusWish[]): void {
      wishes = next;
      writer.want(wishes, seen);
    },
    /** Lets time pass, and everything run that it lets run. */
    async pass(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += 50) {
        clock.advance(50);
        await settled();
      }
    },
    service(name: string, status: Json = {}): void {
      api.put(servicePath(name), { metadata: { namespace: 'shop', name, uid: name }, spec: {}, status });
    },
    lead(isLeader: boolean): void {
      told.isLeader = isLeader;
      writer.leadershipChanged();
    },
  };
}

export function serviceWish(name: string, ingress: readonly IngressWish[] = [INGRESS]): StatusWish {
  return { of: 'Service', ref: refOf('Service', name, name), ingress };
}
