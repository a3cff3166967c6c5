import { addressText } from '../address/address-text.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import type { Config, ListenerOptions, ResolvedConfig, ResolvedListener } from './config.ts';
import { checkListeners, checkOpsAddresses } from './config-checks.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { checkLoop, checkPeers } from './listener-checks.ts';
import type { ListenerDraft } from './setting.ts';
import { showValue } from './show-value.ts';

/** The socket that systemd passed under a name, or a sentence that says why there is none. */
export type SocketLookup = (name: string) => PassedAddress | { readonly problem: string };

export interface PassedAddress {
  readonly address: ParsedAddress;
  /** False in a container, say: there, endpoints of the same address are others. */
  readonly isOfOwnNetwork: boolean;
}

/**
 * Puts addresses in the place of `systemd:NAME`, and checks what could not be checked without them. Throws a `ConfigError`
 * with every mistake. A configuration without such names is returned as it is.
 */
export function resolveListen(config: Config, lookup: SocketLookup): ResolvedConfig {
  const problems: ConfigProblem[] = [];
  /** Listeners whose address means something else to their endpoints. */
  const elsewhere = new Set<string>();
  let isSame = true;
  const listeners = config.listeners.flatMap((options): ResolvedListener | [] => {
    const { listen } = options;
    if (listen.kind !== 'systemd') return { ...options, listen };
    isSame = false;
    const found = lookup(listen.name);
    if (!('problem' in found)) {
      if (!found.isOfOwnNetwork) elsewhere.add(options.name);
      return { ...options, listen: found.address };
    }
    const got = showValue(`systemd:${listen.name}`);
    const option = draftOf(options, null).place('listen');
    const expected = 'a socket that systemd passed';
    problems.push({ code: 'no_passed_socket', option, expected, got, message: found.problem });
    return [];
  });
  if (isSame) return config as ResolvedConfig;
  const byName = new Map(config.listeners.map((each) => [each.name, each.listen]));
  const drafts = listeners.map((listener) => {
    const written = byName.get(listener.name)!;
    return draftOf(listener, written.kind === 'systemd' ? written.name : null);
  });
  const ofProcess = { settings: new Map(), place: spelled, spell: spelled };
  problems.push(
    ...drafts.flatMap((draft) => [
      ...checkPeers(draft),
      ...(elsewhere.has(draft.values.name!) ? [] : checkLoop(draft)),
    ]),
    ...checkListeners(drafts),
    ...checkOpsAddresses(config.process, drafts, ofProcess),
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...config, listeners };
}

const spelled = (key: string) => key;

/** A complete listener as the checks want it. Where an option was written is not known any more: its listener is named. */
function draftOf(values: ListenerOptions, passed: string | null): ListenerDraft {
  const { name, listen } = values;
  const text = listen.kind === 'systemd' ? `systemd:${listen.name}` : addressText(listen);
  const place = (key: string) => `listener ${name}: ${key}`;
  const setting = {
    texts: [passed === null ? text : `systemd:${passed}, which is ${text}`],
    place: place('listen'),
    name: 'listen',
    spell: spelled,
  };
  return { role: 'edge', settings: new Map([['listen', setting]]), place, spell: spelled, values };
}
