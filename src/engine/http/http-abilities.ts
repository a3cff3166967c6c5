import type { EngineAbilities } from '../../plan/engine.ts';

/** Apart from the engine, which is loaded only if it is chosen. */
export const HTTP_ABILITIES: EngineAbilities = {
  name: 'http',
  presentations: ['forwarded'],
  transports: ['tcp', 'unix'],
};
