import type { EngineAbilities } from '../../plan/engine.ts';

/** Apart from the engine, which is loaded only if it is chosen. */
export const EPOLL_ABILITIES: EngineAbilities = {
  name: 'epoll',
  presentations: ['none', 'v1', 'v2', 'transparent'],
  transports: ['tcp', 'unix'],
};
