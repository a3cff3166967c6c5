import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { leavesNothingOpen, onLinux } from '../linux/on-linux.ts';
import { childPath, temporaryFolder } from './old-process.ts';
import { collectReports } from './reports.ts';

// Processes of which each succeeds the one before: whatever one of them left behind would add up.

leavesNothingOpen();

interface Generation {
  readonly pid: number;
  readonly outcome: string | null;
  readonly sockets: number;
  readonly descriptors: number;
  readonly ports: readonly number[];
  readonly log: number;
}

for (const [isStanding, times] of [
  [true, 20],
  [false, 4],
] as const) {
  onLinux(
    `${times} take-overs in a row by ${isStanding ? 'the standing socket' : 'private sockets'} leave nothing behind`,
    async (t) => {
      const folder = temporaryFolder(t);
      const reports = await collectReports<Generation>(t, temporaryFolder(t));
      const path = join(isStanding ? folder : join(folder, 'nowhere'), 'take-over.sock');
      const words = [childPath('generation-child'), path, folder, '10'];
      const env = { ...process.env, ...reports.env };
      const first = spawn(process.execPath, words, { env, stdio: 'inherit' });
      const ended = once(first, 'exit');
      const origin = await reports.report(0);
      t.is(origin.outcome, null);
      for (let at = 1; at <= times; at++) {
        process.kill(reports.all[at - 1]!.pid, 'SIGUSR2');
        const next = await reports.report(at);
        t.not(next.pid, reports.all[at - 1]!.pid);
        t.is(next.outcome, 'handed_over');
        t.deepEqual(next.ports.slice(0, 10), origin.ports);
        t.is(next.sockets, isStanding ? 11 : 10);
        t.is(next.log, 0);
        await reports.atMost(1);
        t.deepEqual(readdirSync(folder), isStanding ? ['take-over.sock'] : []);
      }
      t.deepEqual(await ended, [0, null]);
      // The first process has opened its sockets itself, and the others have them from the one before.
      t.deepEqual(new Set(reports.all.slice(1).map(({ descriptors }) => descriptors)).size, 1);
      t.true(Math.abs(reports.all[1]!.descriptors - origin.descriptors) <= 1);
      await reports.dismiss();
      t.deepEqual(readdirSync(folder), []);
    },
  );
}
