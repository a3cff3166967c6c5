import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ownerOnly } from '../../src/ops/listen.ts';
import { createTestHost } from '../tools/test-host.ts';

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const maskNow = () => {
  const mask = process.umask(0);
  process.umask(mask);
  return mask;
};

async function create(t: ExecutionContext): Promise<{ server: Server; path: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'herald-'));
  const server = createServer();
  server.on('error', () => {});
  t.teardown(async () => {
    server.close();
    await rm(directory, { recursive: true });
  });
  return { server, path: join(directory, 's') };
}

const withMask = { ...createTestHost(), umask: (mask: number) => process.umask(mask) };
const withoutMask = {
  ...createTestHost(),
  umask: () => {
    throw new Error('not in this thread');
  },
};

test.serial('a socket is its owner’s alone from the moment that it exists, whatever the mask', async (t) => {
  const { server, path } = await create(t);
  const before = process.umask(0);
  ownerOnly(
    withMask,
    path,
  )(() => {
    const { listening } = server.listen(path);
    t.is(modeOf(path), '600');
    return listening;
  });
  t.is(process.umask(before), 0);
});

test.serial('the mask is as before where the bind fails or throws', async (t) => {
  const { server, path } = await create(t);
  const before = maskNow();
  ownerOnly(withMask, path)(() => server.listen('/dev/null/none').listening);
  t.is(maskNow(), before);
  t.throws(() =>
    ownerOnly(
      withMask,
      path,
    )(() => {
      throw new Error('no');
    }),
  );
  t.is(maskNow(), before);
});

for (const [what, host] of [
  ['in a thread that may not set the mask', withoutMask],
  ['for a host that has none', createTestHost()],
] as const) {
  test.serial(`${what} the mode follows within the same call`, async (t) => {
    const { server, path } = await create(t);
    ownerOnly(host, path)(() => server.listen(path).listening);
    t.is(modeOf(path), '600');
  });

  test.serial(`${what} somebody else’s socket keeps its mode`, async (t) => {
    const { server: other, path } = await create(t);
    await new Promise<void>((resolve) => other.listen(path, resolve));
    const mode = modeOf(path);
    const { server } = await create(t);
    ownerOnly(host, path)(() => server.listen(path).listening);
    t.is(modeOf(path), mode);
  });
}
