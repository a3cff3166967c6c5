import { parseIp } from '../../src/address/ip.ts';
import { clientTableCells } from '../../src/shared-memory/client-entries.ts';

export const ip = (text: string) => parseIp(text)!;

/** Cells of a table for so many clients. */
export const cellsFor = (clients: number) =>
  new Int32Array(new SharedArrayBuffer(4 * clientTableCells(clients)));

/** Neighbours, as clients of one network are: what a weak hash would put into one bucket. */
export function neighbours(count: number, base: Uint8Array, stepAt: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const client = base.slice();
    client[stepAt - 1] = index >> 8;
    client[stepAt] = index;
    return client;
  });
}
