import { objectOf, parseJson, textOf } from '../discovery/kubernetes/json.ts';

/** Annotation of the leader's Lease, as JSON: `{"shop":"443,8443-8450"}`. */
export const PORTS_ANNOTATION = 'herald/ports';
/** The API takes 256 KiB of annotations. */
const MAX_CHARS = 200_000;
const MAX_PORT = 65_535;

/**
 * Which namespaces have each port, or had it until lately (`held`), as the leader keeps it for whoever starts (G2). Statuses would
 * tell it as well, but those who may write a Service may write its ports, and some of them its status. A port counts even if this
 * instance could not open it. What does not fit is left out.
 */
export function formatPortRecord(
  listeners: readonly { readonly port: number; readonly namespace: string }[],
  held: ReadonlyMap<number, string>,
): string {
  const byNamespace = new Map<string, Set<number>>();
  const note = (port: number, namespace: string) =>
    byNamespace.set(namespace, (byNamespace.get(namespace) ?? new Set()).add(port));
  for (const { port, namespace } of listeners) note(port, namespace);
  const wanted = new Set(listeners.map(({ port }) => port));
  for (const [port, namespace] of held) if (!wanted.has(port)) note(port, namespace);
  const record: { [namespace: string]: string } = {};
  let left = MAX_CHARS;
  for (const namespace of [...byNamespace.keys()].sort()) {
    const spans = spansOf(byNamespace.get(namespace)!);
    left -= namespace.length + spans.length + 6;
    if (left >= 0) record[namespace] = spans;
  }
  return JSON.stringify(record);
}

/** The record of a Lease (untrusted JSON), as owners by port; null: it has none. */
export function readPortRecord(lease: unknown): ReadonlyMap<number, ReadonlySet<string>> | null {
  const { annotations } = objectOf(objectOf(lease).metadata);
  const text = textOf(objectOf(annotations)[PORTS_ANNOTATION]);
  const record = text === null ? undefined : parseJson(text);
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return null;
  const owners = new Map<number, Set<string>>();
  for (const [namespace, spans] of Object.entries(record)) {
    for (const span of (textOf(spans) ?? '').split(',')) {
      const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(span);
      if (match === null) continue;
      const last = Math.min(Number(match[2] ?? match[1]), MAX_PORT);
      for (let port = Number(match[1]); port <= last; port++)
        owners.set(port, (owners.get(port) ?? new Set()).add(namespace));
    }
  }
  return owners;
}

/** `443,8443-8450`. */
function spansOf(ports: Iterable<number>): string {
  const spans: [first: number, last: number][] = [];
  for (const port of [...ports].sort((a, b) => a - b)) {
    const open = spans.at(-1);
    if (open !== undefined && open[1] === port - 1) open[1] = port;
    else spans.push([port, port]);
  }
  return spans.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join();
}
