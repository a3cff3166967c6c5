import type { Config, ListenerOptions } from '../../src/config/config.ts';
import { configFromFlags } from '../../src/config/config-from-flags.ts';
import type { Environment } from '../../src/config/environment.ts';
import type { Role } from '../../src/config/option.ts';

/** Flags by key; several texts where a flag comes several times. */
export interface FlagTexts {
  readonly [key: string]: string | readonly string[];
}

/** The least that each role needs. */
export const LEAST: { readonly [role in Role]: FlagTexts } = {
  edge: { listen: '127.0.0.1:8000', to: '10.0.0.1:80' },
  sidecar: { listen: '127.0.0.1:8000', to: '10.0.0.1:80', trust: '10.0.0.0/8', present: 'v2' },
};

/** Reads exactly these flags. */
export function readFlags(role: Role, flags: FlagTexts, env: Environment = {}): Config {
  return configFromFlags(
    role,
    new Map(Object.entries(flags).map(([key, texts]) => [key, [texts].flat()])),
    env,
  );
}

/** The one listener of the least that works and these flags. */
export function listenerOf(role: Role, flags: FlagTexts = {}, env: Environment = {}): ListenerOptions {
  return readFlags(role, { ...LEAST[role], ...flags }, env).listeners[0]!;
}
