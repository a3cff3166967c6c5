import type { EngineAbilities } from '../../plan/engine.ts';

/** Apart from the engine, which is loaded only if it is chosen. */
export const NET_ABILITIES: EngineAbilities = {
  name: 'net',
  presentations: ['none', 'v1', 'v2'],
  transports: ['tcp', 'unix'],
};
