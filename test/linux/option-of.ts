import { fromLinux } from './on-linux.ts';

const { allocate } = await fromLinux(() => import('../../src/linux/memory.ts'));
const { declare } = await fromLinux(() => import('../../src/linux/libc.ts'));

/** An option of a socket as the kernel has it. */
export function optionOf(fd: number, level: number, name: number): number {
  const getsockopt = declare(
    'int getsockopt(int fd, int level, int name, uintptr_t value, uintptr_t length)',
  );
  const value = allocate(4);
  const length = allocate(4);
  length.view.setUint32(0, 4, true);
  if (getsockopt(fd, level, name, value.address, length.address) !== 0) throw new Error('getsockopt');
  return value.view.getInt32(0, true);
}
