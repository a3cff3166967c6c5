import type { SourceRemark } from '../../endpoints/endpoint-source.ts';
import { listSome, quoteText } from '../quote-text.ts';
import type { Service } from './service.ts';
import type { NamedPort } from './slice.ts';

/** Which port of a slice to use: by the name of the Service's port, by the slice's own number, or any. */
export type PortChoice =
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'number'; readonly port: number }
  | { readonly by: 'any' };

export interface ChosenPort {
  readonly choice: PortChoice;
  /** What to report about the choice, or null. */
  readonly remark: SourceRemark | null;
}

/**
 * A configured port → the port of the slices. A number is the port of the Service, as for `kubectl port-forward`; if the
 * Service cannot be read it is the port of the slices (of the pods), with a remark.
 */
export function choosePort(written: string | null, service: Service | null): ChosenPort {
  if (written === null) return { choice: { by: 'any' }, remark: null };
  const isNumber = /^\d+$/.test(written);
  if (service === null) {
    if (!isNumber) return { choice: { by: 'name', name: written }, remark: null };
    const message = `the Service cannot be read; using ${written} as the port of the pods, not of the Service`;
    const remark = { level: 'warn', code: 'port_of_slices', message } as const;
    return { choice: { by: 'number', port: Number(written) }, remark };
  }
  const port = service.ports.find((each) =>
    isNumber ? each.port === Number(written) : each.name === written,
  );
  // Without such a port the Service has no endpoint on it. A name is still looked up in the slices, for slices that
  // were written by hand.
  if (port === undefined) {
    const choice = isNumber ? ({ by: 'number', port: 0 } as const) : ({ by: 'name', name: written } as const);
    return { choice, remark: service.isExternalName ? null : noSuchPort(written, service) };
  }
  return { choice: { by: 'name', name: port.name }, remark: null };
}

/** Whether this port of a slice is the chosen one. */
export function isChosen(choice: PortChoice, { name, port }: NamedPort): boolean {
  if (choice.by === 'name') return name === choice.name;
  return choice.by === 'any' || port === choice.port;
}

function noSuchPort(written: string, { ports }: Service): SourceRemark {
  const known = ports.map(({ name, port }) => (name === '' ? `${port}` : `${quoteText(name)} (${port})`));
  const has = known.length === 0 ? 'has no TCP ports' : `has ${listSome(known)}`;
  return {
    level: 'error',
    code: 'no_such_port',
    message: `the Service has no TCP port ${written}; it ${has}`,
  };
}
