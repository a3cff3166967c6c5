import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { receiveDescriptors, sendDescriptors } from '../../src/linux/pass-descriptors.ts';
import { accept, bindUnix, connectUnix, listenOn, unixSocket } from '../../src/linux/socket.ts';

// Receives more descriptors than it may open: the limit of open files is set by whoever starts it.

const folder = mkdtempSync(join(tmpdir(), 'herald-'));
const path = join(folder, 'socket');
const listener = unixSocket();
bindUnix(listener, path);
listenOn(listener, 1);
const client = unixSocket();
connectUnix(client, path);
const served = accept(listener);
rmSync(folder, { recursive: true });

const count = () => readdirSync('/proc/self/fd').length;
const before = count();
sendDescriptors(served, new Uint8Array(1), new Array(100).fill(listener));
const message = receiveDescriptors(client);
if (typeof message === 'number') throw new Error(`errno ${-message}`);
console.log(
  JSON.stringify({ isTruncated: message.isTruncated, fds: message.fds.length, left: count() - before }),
);
