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
  const problems = without(draft, ['source'], 'present is transparent: endpoints are dialed from the client');
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
  const message = `listener ${showValue(name)} presents ${present}, which the ${needed} engine alone can: expected ${expected}`;
  return [{ code: 'engine_lacks', option: place('engine'), expected, got: showValue(engine), message }];
}
