import { addressText } from '../address/address-text.ts';
import type { ListenerOptions } from '../config/config.ts';
import type { ServedBy } from '../control/engines.ts';
import type { LogFields } from '../observe/log.ts';

/** So many names of endpoints stand in a line of the log; the others are counted. */
const MOST_NAMES = 20;

/** What the log says of a listener that opens, besides its name and address. */
export function listenerFacts(
  { to, acceptProxy, present }: ListenerOptions,
  { engine, threads }: ServedBy,
): LogFields {
  const names = to.slice(0, MOST_NAMES).map((name) => ('text' in name ? name.text : addressText(name)));
  const toMore = to.length - names.length;
  return {
    to: names.join(','),
    ...(toMore > 0 ? { toMore } : {}),
    expect: acceptProxy,
    present,
    engine,
    ...(threads > 0 ? { threads } : {}),
  };
}
