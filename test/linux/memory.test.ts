import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fromLinux, LINUX, onLinux } from './on-linux.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const { allocate, free } = await fromLinux(() => import('../../src/linux/memory.ts'));
const { Netlink } = await fromLinux(() => import('../../src/linux/netlink.ts'));
const { declare } = await fromLinux(() => import('../../src/linux/libc.ts'));
const readlink = LINUX ? declare('int readlink(uintptr_t path, uintptr_t bytes, uintptr_t length)') : () => 0;

/** A weak reference holds its object until the turn that asked it is over. */
async function collected(reference: WeakRef<object>): Promise<boolean> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  return reference.deref() === undefined;
}

onLinux('bytes of which only the address is kept are there until they are freed', async (t) => {
  const addressOnly = () => {
    const { address, bytes } = allocate(64);
    return { address, buffer: new WeakRef(bytes.buffer) };
  };
  const { buffer } = addressOnly();
  t.false(await collected(buffer));
});

onLinux(
  'the kernel reads and writes by an address after a collection what was put there before it',
  async (t) => {
    const put = (text: string) => {
      const memory = allocate(text.length + 1);
      memory.bytes.set(Buffer.from(text));
      return memory.address;
    };
    const paths = Array.from({ length: 50 }, () => put('/proc/self/exe'));
    const answer = allocate(512);
    await collected(new WeakRef({}));
    // What was collected would be given out again, and be zeroed.
    const garbage = Array.from({ length: 500 }, () => new ArrayBuffer(15));
    for (const path of paths) {
      const length = readlink(path, answer.address, 512);
      t.is(Buffer.from(answer.bytes.subarray(0, Math.max(length, 0))).toString(), process.execPath);
    }
    t.is(garbage.length, 500);
  },
);

onLinux('bytes that were freed are collected', async (t) => {
  const freed = () => {
    const memory = allocate(64);
    free(memory);
    return new WeakRef(memory.bytes.buffer);
  };
  t.true(await collected(freed()));
});

onLinux('who has an end gives its bytes back', async (t) => {
  const bytes = async () => {
    await collected(new WeakRef({}));
    return process.memoryUsage().arrayBuffers;
  };
  const before = await bytes();
  for (let count = 0; count < 20; count++) new Netlink().close();
  // 20 rooms of 32 KiB would be 640 KiB.
  t.true((await bytes()) - before < 64 * 1024);
});
