import type { Cidr } from '../address/cidr.ts';
import type { ProcessOptions } from './config.ts';
import { type ConfigProblem, missing } from './config-error.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { GATEWAY_OPTIONS } from './gateway-table.ts';
import type { ProcessOption } from './process-options.ts';
import { nameOf, type WrittenListener } from './setting.ts';
import { showValue } from './show-value.ts';
import { coversEveryone } from './values/ranges.ts';

/** Options of a gateway as far as they could be parsed, and how messages name them. */
export interface GatewayDraft extends Pick<WrittenListener, 'settings' | 'place' | 'spell'> {
  readonly gateway: Partial<GatewayOptions>;
  readonly process: Partial<ProcessOptions>;
}

/** Checks the options of a gateway against each other. */
export function checkGateway(draft: GatewayDraft): ConfigProblem[] {
  return [...checkAddresses(draft), ...checkMetrics(draft)];
}

/** Exactly one of `--publish` and `--address-class` says what EXTERNAL-IP of a Service will be. */
function checkAddresses(draft: GatewayDraft): ConfigProblem[] {
  const { gateway, process, settings, place } = draft;
  const { publish, publishMax, addressClass } = gateway;
  const problems: ConfigProblem[] = [];
  const [hasPublish, hasClass] = [settings.has('publish'), settings.has('addressClass')];
  if (!hasPublish && !hasClass) {
    const name = nameOf('addressClass', 'publish', draft);
    const message = `is required without ${name}, since a Service without an address stays at <pending>: nodes (the addresses of the nodes with a Herald), addresses of your own, or ${name} with the class of a balancer`;
    problems.push({ ...missing(place('publish'), GATEWAY_OPTIONS.publish.type.expected), message });
  }
  if (hasPublish && hasClass) {
    const message = `cannot be given with ${nameOf('addressClass', 'publish', draft)}, whose balancers give the addresses: leave one of them out`;
    const got = showValue(settings.get('publish')?.texts.join(','));
    problems.push({
      code: 'contradictory_addresses',
      option: place('publish'),
      expected: 'nothing',
      got,
      message,
    });
  }
  if (addressClass && addressClass === gateway.class) {
    const message = `is the class that Herald itself serves (${nameOf('class', 'addressClass', draft)}): expected that of a balancer`;
    const got = showValue(addressClass);
    problems.push({
      code: 'own_class',
      option: place('addressClass'),
      expected: 'another class',
      got,
      message,
    });
  }
  if (publish?.kind === 'addresses' && publishMax !== undefined && publish.addresses.length > publishMax) {
    const expected = `at most ${publishMax} addresses (${nameOf('publishMax', 'publish', draft)})`;
    problems.push({
      code: 'too_many_addresses',
      option: place('publish'),
      expected,
      got: String(publish.addresses.length),
    });
  }
  if (publish?.kind === 'nodes' && process.nodeName === null) {
    const message = `is required, since ${nameOf('publish', 'nodeName', draft)} is nodes: set it, or the variable NODE_NAME from spec.nodeName`;
    const expected = "the name of Herald's node";
    problems.push({ code: 'missing', option: place('nodeName'), expected, got: 'nothing', message });
  }
  return problems;
}

function checkMetrics(draft: GatewayDraft): ConfigProblem[] {
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
}

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
