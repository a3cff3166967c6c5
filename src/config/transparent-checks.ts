import { createIpSet, ipSetCovers } from '../address/ip-set.ts';
import type { ProcessOptions } from './config.ts';
import type { ConfigProblem } from './config-error.ts';
import type { ListenerDraft } from './listener-draft.ts';
import { isLoopback } from './same-socket.ts';
import { showValue } from './show-value.ts';
import { without } from './without-effect.ts';

const ALL = [
  { ip: new Uint8Array(4), prefix: 0 },
  { ip: new Uint8Array(16), prefix: 0 },
];

/** What `present: transparent` demands of the other options of its listener. */
export function checkTransparent(draft: ListenerDraft): ConfigProblem[] {
  const { values, settings, place } = draft;
  const { present, to, allowLocalClients } = values;
  if (present === undefined) return [];
  if (present !== 'transparent') return without(draft, ['allowLocalClients'], `present is ${present}`);
  const problems = without(
    draft,
    ['dialFrom'],
    'present is transparent: endpoints are dialed from the client',
  );
  const away = to?.some(
    (endpoint) => endpoint.kind !== 'tcp' || endpoint.ip === null || !isLoopback(endpoint.ip),
  );
  if (away) {
    // Answers from anywhere else would be routed to the client itself, and never come back here.
    const message =
      'present is transparent, and answers come back from loopback only: expected addresses such as 127.0.0.1:80 or [::1]:80';
    const got = showValue(settings.get('to')?.texts.join(','));
    problems.push({
      code: 'endpoint_not_loopback',
      option: place('to'),
      expected: 'endpoints on loopback',
      got,
      message,
    });
  }
  const allowed = createIpSet(allowLocalClients ?? []);
  if (ALL.some((all) => ipSetCovers(allowed, all))) {
    const expected = 'addresses of this host by name, and not all there are';
    const got = showValue(settings.get('allowLocalClients')?.texts.join(','));
    problems.push({ code: 'opens_all', option: place('allowLocalClients'), expected, got });
  }
  return problems;
}

/** Only one engine can dial from addresses that are not this host's. */
export function checkTransparentEngine(
  { engine }: Partial<ProcessOptions>,
  drafts: readonly ListenerDraft[],
  place: (key: string) => string,
): ConfigProblem[] {
  const draft = drafts.find(({ values }) => values.present === 'transparent');
  if (engine !== 'net' || draft === undefined) return [];
  const message = `listener ${showValue(draft.values.name)} presents transparent, which the epoll engine alone can: expected auto or epoll`;
  return [
    { code: 'engine_lacks', option: place('engine'), expected: 'auto or epoll', got: '"net"', message },
  ];
}
