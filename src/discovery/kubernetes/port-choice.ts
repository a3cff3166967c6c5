import type { SourceRemark } from '../../endpoints/endpoint-source.ts';
import { shown, shownSome } from '../shown.ts';
import type { Service } from './service.ts';
import type { NamedPort } from './slice.ts';

/** Which of a slice's ports is meant: the Service port's name, the slice's own number, or every one of them. */
export type PortChoice =
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'number'; readonly port: number }
  | { readonly by: 'any' };

export interface ChosenPort {
  readonly choice: PortChoice;
  /** What is to be said of it, or null. */
  readonly remark: SourceRemark | null;
}

/**
 * A port as it was written → which port of the slices it is. A number is the Service's port, as for
 * `kubectl port-forward`; where there is no Service to be read it is the slice's own, and that is said.
 */
export function choosePort(written: string | null, service: Service | null): ChosenPort {
  if (written === null) return { choice: { by: 'any' }, remark: null };
  const isNumber = /^\d+$/.test(written);
  if (service === null) {
    if (!isNumber) return { choice: { by: 'name', name: written }, remark: null };
    const message = `the Service can't be read: ${written} is taken for the pods' own port, not the Service's`;
    const remark = { level: 'warn', code: 'port_of_slices', message } as const;
    return { choice: { by: 'number', port: Number(written) }, remark };
  }
  const port = service.ports.find((each) =>
    isNumber ? each.port === Number(written) : each.name === written,
  );
  // A Service that has no such port has no endpoint on it; a name is looked for all the same, for slices
  // that somebody wrote by hand.
  if (port === undefined) {
    const choice = isNumber ? ({ by: 'number', port: 0 } as const) : ({ by: 'name', name: written } as const);
    return { choice, remark: service.isExternalName ? null : noSuchPort(written, service) };
  }
  return { choice: { by: 'name', name: port.name }, remark: null };
}

/** Whether the port of a slice is the one that is meant. */
export function isChosen(choice: PortChoice, { name, port }: NamedPort): boolean {
  if (choice.by === 'name') return name === choice.name;
  return choice.by === 'any' || port === choice.port;
}

function noSuchPort(written: string, { ports }: Service): SourceRemark {
  const known = ports.map(({ name, port }) => (name === '' ? `${port}` : `${shown(name)} (${port})`));
  const has = known.length === 0 ? 'has no TCP port' : `has ${shownSome(known)}`;
  return {
    level: 'error',
    code: 'no_such_port',
    message: `the Service has no TCP port ${written}: it ${has}`,
  };
}
