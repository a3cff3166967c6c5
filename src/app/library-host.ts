import { readFileSync } from 'node:fs';
import { pid, platform, umask, versions } from 'node:process';
import { PassThrough, Writable } from 'node:stream';
import type { Host } from '../observe/host.ts';

/** The host of a Herald inside a program: signals and standard streams belong to the program, and are left alone. */
export function libraryHost(log: Writable | undefined, env: Host['env']): Host {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return {
    env,
    stdin: new PassThrough(),
    stdout: log ?? nowhere(),
    stderr: nowhere(),
    version,
    nodeVersion: versions.node,
    platform,
    pid,
    umask: (mask) => umask(mask),
    onSignal: () => () => {},
  };
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
