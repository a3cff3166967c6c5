import { register } from 'node:module';

// Loaded before a program (`--import`): koffi is not to be had, as on a machine that it has no binary for.
const hooks = `export function resolve(name, context, next) {
  if (name === 'koffi') throw new Error('no koffi on this machine');
  return next(name, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
