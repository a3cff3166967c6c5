import type { ListenerOptions } from '../config/config.ts';
import type { LogFields } from '../observe/log.ts';
import { addressText } from './address-text.ts';
import type { ServedBy } from './engines.ts';

/** What the log says of a listener that opens, besides its name and address. */
export function listenerFacts(
  { to, expect, present }: ListenerOptions,
  { engine, threads }: ServedBy,
): LogFields {
  const names = to.map((name) => ('text' in name ? name.text : addressText(name)));
  return { to: names.join(','), expect, present, engine, ...(threads > 0 ? { threads } : {}) };
}
