import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';

// Loaded before a program (`--import`): what it would do after HASTY milliseconds it does after a few. Other timers stay as they are.

const HASTY_MS = Number(process.env.HASTY);
const INSTEAD_MS = 200;

const { setTimeout: set } = timers;
const hasty = ((run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
  set(run, ms === HASTY_MS ? INSTEAD_MS : ms, ...args)) as typeof set;
Object.assign(hasty, set);
timers.setTimeout = hasty;
globalThis.setTimeout = hasty;
syncBuiltinESMExports();
