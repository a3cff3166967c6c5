import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';
import { createConditions } from '../helpers/conditions.ts';

/** The variable that names the socket to which children report. */
export const REPORTS = 'TEST_REPORTS';

/** What children say of themselves, in its order. A child that reports lives until `dismiss`. */
export interface Reports<T> {
  readonly env: { readonly [name: string]: string };
  readonly all: readonly T[];
  /** The report with this number, now or once it has come. */
  report(at: number): Promise<T>;
  /** Resolves when at most so many children are left: the others have ended. */
  atMost(children: number): Promise<void>;
  /** Lets the children end, and resolves when they have. */
  dismiss(): Promise<void>;
}

export async function collectReports<T>(t: ExecutionContext, folder: string): Promise<Reports<T>> {
  const path = join(folder, 'reports');
  const all: T[] = [];
  const open = new Set<Socket>();
  const conditions = createConditions();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      open.delete(socket);
      conditions.touch();
    });
    createInterface(socket).on('line', (line) => {
      all.push(JSON.parse(line));
      conditions.touch();
    });
  }).listen(path);
  await once(server, 'listening');
  const dismiss = async () => {
    for (const socket of open) socket.end();
    await conditions.until(() => open.size === 0);
  };
  t.teardown(async () => {
    await dismiss();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    ...{ env: { [REPORTS]: path }, all, dismiss },
    atMost: (children) => conditions.until(() => open.size <= children),
    async report(at) {
      await conditions.until(() => all.length > at);
      return all[at]!;
    },
  };
}
