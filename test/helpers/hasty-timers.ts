import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';

// Loaded before a program (`--import`): while there is the word `hang` in the file ODD_SUCCESSOR, what it would do after HASTY
// milliseconds it does after a few. Other timers stay as they are.

const HASTY_MS = Number(process.env.HASTY);
const INSTEAD_MS = 200;

function isHasty(): boolean {
  return readFileSync(process.env.ODD_SUCCESSOR!, 'utf8') === 'hang';
}

const { setTimeout: set } = timers;
const hasty = ((run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
  set(run, ms === HASTY_MS && isHasty() ? INSTEAD_MS : ms, ...args)) as typeof set;
Object.assign(hasty, set);
timers.setTimeout = hasty;
globalThis.setTimeout = hasty;
syncBuiltinESMExports();
