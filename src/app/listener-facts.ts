import type { ListenerOptions } from '../config/config.ts';
import type { LogFields } from '../observe/log.ts';
import { addressText } from './address-text.ts';
import type { Engines } from './engines.ts';

/** What the log says of a listener that opens, besides its name and address. */
export function listenerFacts(
  { to, expect, present }: ListenerOptions,
  { engine }: ReturnType<Engines['servedBy']>,
  threads: number,
): LogFields {
  const names = to.map((name) => ('text' in name ? name.text : addressText(name)));
  return { to: names.join(','), expect, present, engine, ...(engine === 'epoll' ? { threads } : {}) };
}
