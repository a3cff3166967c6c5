import type { Cidr } from '../address/cidr.ts';
import type { ProcessOptions } from './config.ts';
import { type ConfigProblem, missing, missingNode } from './config-error.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { GATEWAY_OPTIONS } from './gateway-table.ts';
import type { ProcessOption } from './process-options.ts';
import { sameSocket } from './same-socket.ts';
import { nameOf, type WrittenListener } from './setting.ts';
import { showValue } from './show-value.ts';
import { coversEveryone } from './values/ranges.ts';

/** Options of a gateway as far as they could be parsed, and how messages name them. */
export interface GatewayDraft extends Pick<WrittenListener, 'settings' | 'place' | 'spell'> {
  readonly gateway: Partial<GatewayOptions>;
  readonly process: Partial<ProcessOptions>;
}

type Rule = (draft: GatewayDraft) => readonly ConfigProblem[];

/** Checks the options of a gateway against each other. Options that could not be parsed are skipped. */
export function checkGateway(draft: GatewayDraft): ConfigProblem[] {
  return RULES.flatMap((rule) => rule(draft));
}

const RULES: readonly Rule[] = [
  // Exactly one of them says what the EXTERNAL-IP of a Service will be.
  (draft) => {
    const { settings, place } = draft;
    const [hasPublish, hasClass] = [settings.has('publish'), settings.has('addressClass')];
    if (hasPublish !== hasClass) return [];
    const option = place('publish');
    const name = nameOf('addressClass', 'publish', draft);
    if (!hasPublish) {
      const message = `is required without ${name}, since a Service without an address stays at <pending>: nodes (the addresses of the nodes with a Herald), addresses of your own, or ${name} with the class of a balancer`;
      return [{ ...missing(option, GATEWAY_OPTIONS.publish.type.expected), message }];
    }
    const message = `cannot be given with ${name}, whose balancers give the addresses: leave one of them out`;
    const got = showValue(settings.get('publish')?.texts.join(','));
    return [{ code: 'contradictory_addresses', option, expected: 'nothing', got, message }];
  },

  // Each companion Service would be one that Herald serves.
  (draft) => {
    const { gateway, place } = draft;
    if (!gateway.addressClass || gateway.addressClass !== gateway.class) return [];
    const option = place('addressClass');
    const message = `is the class that Herald itself serves (${nameOf('class', 'addressClass', draft)}): expected that of a balancer`;
    const got = showValue(gateway.addressClass);
    return [{ code: 'own_class', option, expected: 'another class', got, message }];
  },

  (draft) => {
    const { publish, publishMax } = draft.gateway;
    if (publish?.kind !== 'addresses' || publishMax === undefined) return [];
    const count = publish.addresses.length;
    if (count <= publishMax) return [];
    const option = draft.place('publish');
    const expected = `at most ${publishMax} addresses (${nameOf('publishMax', 'publish', draft)})`;
    return [{ code: 'too_many_addresses', option, expected, got: `${count}` }];
  },

  (draft) => {
    const { gateway, process, place } = draft;
    if (gateway.publish?.kind !== 'nodes' || process.nodeName !== null) return [];
    const why = `is required, since ${nameOf('publish', 'nodeName', draft)} is nodes`;
    return [missingNode(place('nodeName'), why)];
  },

  // A list that is never read would look like protection.
  (draft) => {
    const { gateway, process, settings, place } = draft;
    const address = process.metrics?.address;
    const written = settings.get('metricsAllow');
    if (written === undefined || address === undefined) return [];
    const option = place('metricsAllow');
    const got = showValue(written.texts.join(','));
    const metrics = nameOf('metrics', 'metricsAllow', draft);
    if (address === null || address.kind === 'unix') {
      const is = address === null ? 'none' : 'a unix socket, whose file mode says who may connect';
      const message = `would have no effect, since ${metrics} is ${is}`;
      return [{ code: 'without_effect', option, expected: 'nothing', got, message }];
    }
    if (!gateway.metricsAllow?.unix) return [];
    const message = `"unix" would match nobody, since ${metrics} is not a unix socket`;
    return [{ code: 'source_never_matches', option, expected: 'addresses', got: '"unix"', message }];
  },

  // No instance could hand over a session to the node of its pod.
  (draft) => {
    const { gateway, settings, place } = draft;
    if (gateway.defaultPresent !== 'transparent' || settings.has('hopListen')) return [];
    const option = place('hopListen');
    const present = nameOf('defaultPresent', 'hopListen', draft);
    const message = `is required, since ${present} is transparent: the address at which instances hand over sessions for the pods of their nodes, such as :9467`;
    return [{ ...missing(option, GATEWAY_OPTIONS.hopListen.type.expected), message }];
  },

  (draft) => {
    const { gateway, settings, place } = draft;
    const written = settings.get('nodeEcho');
    if (gateway.hopListen !== null || written === undefined) return [];
    const hop = nameOf('hopListen', 'nodeEcho', draft);
    const message = `would have no effect, since ${hop} is not given, without which no object presents transparent`;
    const got = showValue(written.texts.join(','));
    return [{ code: 'without_effect', option: place('nodeEcho'), expected: 'nothing', got, message }];
  },

  // Others hand over sessions only to a node that has proven that it can present clients.
  (draft) => {
    const { gateway, settings, place } = draft;
    if (!gateway.hopListen || settings.has('nodeEcho')) return [];
    const expected = 'the echo against which each node proves that it can present clients';
    return [missing(place('nodeEcho'), expected, `${nameOf('hopListen', 'nodeEcho', draft)} is given`)];
  },

  // Without its name nobody knows which endpoints are on the node.
  (draft) => {
    const { gateway, process, place } = draft;
    if (!gateway.hopListen || process.nodeName !== null) return [];
    // These need the name too, and their own checks report that it is missing.
    const isReported =
      gateway.publish?.kind === 'nodes' || process.nodeEcho?.some(({ kind }) => kind === 'k8s') === true;
    if (isReported) return [];
    const why = `is required, since ${nameOf('hopListen', 'nodeName', draft)} is given`;
    return [missingNode(place('nodeName'), why)];
  },

  ({ gateway, process, place, settings }) => {
    if (!gateway.hopListen || process.engine !== 'net') return [];
    const expected = 'auto or epoll';
    const message = `cannot serve objects that present transparent, which ${settings.get('hopListen')!.name} is for: expected ${expected}`;
    return [{ code: 'engine_lacks', option: place('engine'), expected, got: '"net"', message }];
  },

  (draft) => {
    const { process, settings, place } = draft;
    const { hopListen } = draft.gateway;
    if (!hopListen) return [];
    return (['metrics', 'admin', 'serviceHealth'] as const).flatMap((key) => {
      const address = process[key]?.address;
      if (!address || !sameSocket(address, hopListen)) return [];
      const expected = `an address other than that of ${nameOf(key, 'hopListen', draft)}`;
      const got = showValue(settings.get('hopListen')?.texts[0]);
      return [{ code: 'duplicate_address', option: place('hopListen'), expected, got }];
    });
  },
];

/** Warnings about options of a gateway: valid but probably unintended. One line each. */
export function gatewayWarnings(draft: GatewayDraft): string[] {
  const { gateway, process, settings } = draft;
  const own = (key: string) => nameOf(key, key, draft);
  const warnings: string[] = [];
  const covers = (key: 'endpointCidrs' | 'metricsAllow', ranges: readonly Cidr[], text: string) => {
    if (coversEveryone(ranges)) warnings.push(`${own(key)} covers every address: ${text}`);
  };
  covers(
    'endpointCidrs',
    gateway.endpointCidrs ?? [],
    'whoever may write EndpointSlices chooses what Herald connects to',
  );
  covers(
    'metricsAllow',
    gateway.metricsAllow?.cidrs ?? [],
    "anyone can read the names of the cluster's Services and routes",
  );
  if (process.nodeName === null && (gateway.publish?.kind === 'addresses' || gateway.addressClass)) {
    warnings.push(
      `externalTrafficPolicy: Local acts as Cluster, since the node of Herald is not known: set ${own('nodeName')}, or the variable NODE_NAME`,
    );
  }
  for (const [key, { type }] of Object.entries<ProcessOption<unknown>>(GATEWAY_OPTIONS)) {
    const doubts = type.doubts?.(settings.get(key)?.texts ?? []) ?? [];
    for (const doubt of doubts) warnings.push(`${own(key)}: ${doubt}`);
  }
  return warnings;
}
