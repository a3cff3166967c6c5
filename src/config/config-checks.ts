import { formatSocketAddress, type ParsedAddress } from '../address/socket-address.ts';
import type { ListenName, ProcessOptions } from './config.ts';
import { type ConfigProblem, missingNode } from './config-error.ts';
import { isLoopback, SocketIndex, sameSocket } from './same-socket.ts';
import { type ListenerDraft, nameOf, type WrittenListener } from './setting.ts';
import { showValue } from './show-value.ts';
import { instancesNotHere } from './transparent-checks.ts';

/** Checks listeners against each other: names and addresses are unique. */
export function checkListeners(drafts: readonly ListenerDraft[]): ConfigProblem[] {
  const names = new Set<string>();
  const sockets = new SocketIndex<ListenerDraft>();
  const problems: ConfigProblem[] = [];
  for (const draft of drafts) {
    const { name, listen } = draft.values;
    if (name !== undefined && names.has(name)) {
      const expected = 'a name that no other listener has';
      const got = showValue(name);
      problems.push({ code: 'duplicate_name', option: draft.place('name'), expected, got });
    }
    if (name !== undefined) names.add(name);
    if (listen === undefined) continue;
    const rival = sockets.rival(listen);
    sockets.add(listen, draft);
    if (rival === undefined) continue;
    const expected = `an address that does not overlap with that of listener ${showValue(rival.values.name)}`;
    const got = showText(listen);
    problems.push({ code: 'duplicate_address', option: draft.place('listen'), expected, got });
  }
  return problems;
}

/** Options of the process as written: their settings, and how messages name them. */
type WrittenProcess = Pick<WrittenListener, 'settings' | 'place' | 'spell'>;

/** Checks the ops addresses: --metrics, --admin and --service-health. */
export function checkOpsAddresses(
  { metrics, admin, serviceHealth }: Partial<ProcessOptions>,
  drafts: readonly ListenerDraft[],
  written: WrittenProcess,
): ConfigProblem[] {
  const { place } = written;
  const problems: ConfigProblem[] = [];
  const refuse = (code: string, key: string, expected: string, address: ParsedAddress) =>
    problems.push({ code, option: place(key), expected, got: showText(address) });

  const at = admin?.address;
  if (at?.kind === 'tcp' && (at.ip === null || !isLoopback(at.ip))) {
    // The admin address shows client addresses, which are personal data, and needs no password.
    refuse('admin_not_loopback', 'admin', 'a loopback address such as 127.0.0.1:9465, or unix:/…', at);
  }
  const addresses = Object.entries({ metrics, admin, serviceHealth });
  for (const [index, [key, ops]] of addresses.entries()) {
    const address = ops?.address;
    if (!address) continue;
    const before = addresses.slice(0, index).find(([, other]) => {
      return other?.address && sameSocket(other.address, address);
    });
    if (before !== undefined) {
      const expected = `an address other than that of ${nameOf(before[0], key, written)}`;
      refuse('duplicate_address', key, expected, address);
    }
    // A default address that is taken is only a warning at start.
    if (!ops.asked) continue;
    const rival = drafts.find(({ values }) => values.listen && sameSocket(values.listen, address));
    if (rival === undefined) continue;
    const expected = `an address that does not overlap with that of listener ${showValue(rival.values.name)}`;
    refuse('duplicate_address', key, expected, address);
  }
  return problems;
}

/** Checks what Kubernetes features need: a node name for `Local` and for hops, a Service for service health. */
export function checkCluster(
  { nodeName, serviceHealth }: Partial<ProcessOptions>,
  drafts: readonly ListenerDraft[],
  { place, spell }: WrittenProcess,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const needed = nodeName === null ? drafts.map(nodeNeed).find((need) => need !== null) : undefined;
  if (needed !== undefined) problems.push(missingNode(place('nodeName'), needed));
  for (const { values, place: placeOf } of drafts) {
    if (values.hops?.kind === 'instances') problems.push(instancesNotHere(placeOf('hops')));
    if (values.trust?.names.some(({ kind }) => kind === 'instances')) {
      problems.push(instancesNotHere(placeOf('trust')));
    }
  }
  const unknown = drafts.some(({ values }) => values.to === undefined);
  const services = drafts.some(({ values }) => values.to?.some(({ name }) => name?.kind === 'k8s'));
  if (serviceHealth?.address && !services && !unknown) {
    const to = drafts[0] === undefined ? spell('to') : nameOf('to', 'to', drafts[0]);
    const message = `needs a listener with endpoints of a Service (k8s:namespace/service:port in ${to})`;
    const got = showText(serviceHealth.address);
    problems.push({ code: 'needs_service', option: place('serviceHealth'), expected: 'none', got, message });
  }
  return problems;
}

/** Checks `nodeEcho`: of the echoes of a Service, this node has to know which one is its own. */
export function checkNodeEcho(
  { nodeName, nodeEcho }: Partial<ProcessOptions>,
  { place }: WrittenProcess,
): ConfigProblem[] {
  const service = nodeEcho?.find(({ kind }) => kind === 'k8s');
  if (service?.kind !== 'k8s' || nodeName !== null) return [];
  const why = `${showValue(service.text)} has an echo on each node, and the node of Herald is not known`;
  return [missingNode(place('nodeName'), why)];
}

/** What a listener does that needs the name of the node; null: nothing. */
function nodeNeed({ values }: ListenerDraft): string | null {
  const { name, trafficPolicy, balance, hops, to } = values;
  const isNamed = balance === 'named' && to?.some((each) => each.name?.kind === 'k8s');
  if (trafficPolicy === 'Local' || isNamed) {
    return `listener ${showValue(name)} uses only endpoints of its own node, and that node is not known`;
  }
  if (!hops) return null;
  return `listener ${showValue(name)} has hops to the endpoints of other nodes, and its own node is not known`;
}

/** Presentations that one value of `--engine` alone can serve, besides `auto`. A test of control holds this to the engines. */
export const ENGINE_OF: { readonly [present: string]: 'epoll' | 'net' | undefined } = {
  transparent: 'epoll',
  forwarded: 'net',
};

/** An engine that is asked for by name is binding: what a listener needs and it lacks is a mistake. */
export function checkEngine(
  { engine }: Partial<ProcessOptions>,
  drafts: readonly ListenerDraft[],
  place: (key: string) => string,
): ConfigProblem[] {
  if (engine === undefined || engine === 'auto') return [];
  const lacks = ({ values }: ListenerDraft) => (ENGINE_OF[values.present ?? ''] ?? engine) !== engine;
  const draft = drafts.find(lacks);
  if (draft === undefined) return [];
  const { name, present } = draft.values;
  const needed = ENGINE_OF[present!]!;
  const expected = `auto or ${needed}`;
  const message = `listener ${showValue(name)} presents ${present}, which only the ${needed} engine can: expected ${expected}`;
  return [{ code: 'engine_lacks', option: place('engine'), expected, got: showValue(engine), message }];
}

function showText(address: ListenName): string {
  if (address.kind === 'systemd') return showValue(`systemd:${address.name}`);
  if (address.kind === 'unix') return showValue(`unix:${address.path}`);
  return showValue(address.ip === null ? `:${address.port}` : formatSocketAddress(address.ip, address.port));
}
