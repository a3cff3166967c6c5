import { once } from 'node:events';
import { connect } from 'node:net';

/** True once the port accepts connections; undefined before. */
export async function answers(port: number): Promise<true | undefined> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
