import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { folderFor } from '../helpers/peer-start.ts';
import { Program } from '../helpers/program.ts';
import { unusedPort } from '../helpers/unused-port.ts';

// A gateway that waits for the cluster: no listener, no worker and no request keeps its process alive.

for (const ops of ['--metrics none --admin none', '--metrics 127.0.0.1:0 --admin none']) {
  test(`a gateway that cannot read the cluster ends with 0 on a signal (${ops})`, async (t) => {
    const kubeconfig = join(await folderFor(t), 'kubeconfig');
    const cluster = { server: `http://127.0.0.1:${await unusedPort()}` };
    await writeFile(
      kubeconfig,
      JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
        clusters: [{ name: 'test', cluster }],
        users: [{ name: 'test', user: {} }],
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      }),
    );
    const herald = Program.spawn(
      t,
      `gateway --namespaces all --default-present v2 --publish 203.0.113.7 --kubeconfig ${kubeconfig} ${ops}`,
    );
    await herald.logged(({ code }) => code === 'api_refused');
    await herald.stop('SIGTERM');
    const { code, signal } = await herald.exited;
    t.deepEqual([code, signal], [0, null]);
  });
}
