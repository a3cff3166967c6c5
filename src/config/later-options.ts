/**
 * What the manual promises and this version does not do yet: refused with a word instead of ignored.
 * Whoever builds a thing deletes its row here.
 */

export interface LaterOption {
  readonly key: string;
  readonly scope: 'listener' | 'process';
  /** Values that ask for nothing but what is done anyway. */
  readonly accepts: readonly string[];
  readonly needs: string;
  /** It takes no value. */
  readonly flag?: true;
}

const KUBERNETES = 'endpoints from Kubernetes';
const PROBES = 'active health checks';

export const LATER_OPTIONS: readonly LaterOption[] = [
  { key: 'balance', scope: 'listener', accepts: ['round-robin'], needs: 'later ways to balance' },
  { key: 'trafficPolicy', scope: 'listener', accepts: ['Cluster'], needs: KUBERNETES },
  { key: 'affinity', scope: 'listener', accepts: ['none'], needs: 'later ways to balance' },
  { key: 'family', scope: 'listener', accepts: ['auto'], needs: KUBERNETES },
  { key: 'endpointCidrs', scope: 'listener', accepts: [], needs: KUBERNETES },
  { key: 'probe', scope: 'listener', accepts: ['none'], needs: PROBES },
  { key: 'probeHeader', scope: 'listener', accepts: [], needs: PROBES },
  { key: 'onEndpointGone', scope: 'listener', accepts: ['keep'], needs: KUBERNETES },
  { key: 'serviceHealth', scope: 'process', accepts: ['none'], needs: KUBERNETES },
  { key: 'nodeName', scope: 'process', accepts: [], needs: KUBERNETES },
  { key: 'zone', scope: 'process', accepts: [], needs: KUBERNETES },
  { key: 'kubeconfig', scope: 'process', accepts: [], needs: KUBERNETES },
  { key: 'kubeContext', scope: 'process', accepts: [], needs: KUBERNETES },
];

/** Values, by option, that are not there yet. */
const LATER_VALUES: { readonly [key: string]: { readonly [value: string]: string } } = {
  present: { transparent: 'the transparent presentation' },
};

/** Beginnings of ADDR and ENDPOINTS that are not there yet. */
const LATER_SCHEMES: { readonly [scheme: string]: string } = {
  'k8s:': KUBERNETES,
  'dns:': 'endpoints from DNS',
  'srv:': 'endpoints from DNS',
  'udp:': 'UDP',
};

/** The word about an address of a kind that is not there yet, else undefined. */
export function laterScheme(address: string): string | undefined {
  const found = Object.entries(LATER_SCHEMES).find(([scheme]) => address.startsWith(scheme));
  return found === undefined ? undefined : notYet(address, found[1]);
}

/** The word about a value that is not there yet, else undefined. */
export function laterValue(key: string, value: string): string | undefined {
  const values = LATER_VALUES[key];
  return values !== undefined && Object.hasOwn(values, value) ? notYet(value, values[value]!) : undefined;
}

/** What is wrong with an option that is not there yet; undefined where its value changes nothing. */
export function refuseLater(option: LaterOption, texts: readonly string[]): string | undefined {
  const asked = texts.find((text) => !option.accepts.includes(text));
  if (asked === undefined && texts.length > 0) return undefined;
  const [only] = option.flag ? [] : option.accepts;
  if (only === undefined || asked === undefined)
    return `not in this version of Herald: ${wait(option.needs)}`;
  return `${notYet(asked, option.needs)}; expected ${only}`;
}

function notYet(value: string, needs: string): string {
  return `${JSON.stringify(value)} is not in this version of Herald: ${wait(needs)}`;
}

function wait(needs: string): string {
  return `it comes with ${needs}`;
}
