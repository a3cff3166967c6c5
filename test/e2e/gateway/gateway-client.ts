import { connect, type Socket } from 'node:net';

/** Clients come from here, unless they say otherwise: an address that is neither a node's nor a pod's. */
export const CLIENT = '10.9.0.1';
const NODE_ADDRESS = '10.0.0.1';
const PATIENCE_MS = 5000;

/** A connection that stays open. */
export interface HeldVisit {
  /** `10.1.0.1 saw 10.9.0.1`. */
  readonly answer: string;
  /** Whether it is still open: what is sent comes back. */
  isAlive(): Promise<boolean>;
  end(): void;
}

/** Connects to a port of the node and tells who was met and whom that one saw: `10.1.0.1 saw 10.9.0.1`; else how it ended. */
export async function visit(port: number, from = CLIENT, host = NODE_ADDRESS): Promise<string> {
  const { socket, answer } = await open(port, from, host);
  socket.destroy();
  return answer;
}

export async function hold(port: number, from = CLIENT, host = NODE_ADDRESS): Promise<HeldVisit> {
  const { socket, answer } = await open(port, from, host);
  return {
    answer,
    isAlive: () =>
      new Promise((resolve) => {
        if (socket.destroyed) return resolve(false);
        const settle = (isAlive: boolean) => {
          socket.removeAllListeners('data');
          resolve(isAlive);
        };
        socket.once('close', () => settle(false));
        socket.once('data', () => settle(true));
        socket.write('.');
      }),
    end: () => void socket.destroy(),
  };
}

interface Opened {
  readonly socket: Socket;
  readonly answer: string;
}

function open(port: number, from: string, host: string): Promise<Opened> {
  return new Promise((resolve) => {
    let line = '';
    const socket = connect({ host, port, localAddress: from }).setEncoding('utf8');
    const settle = (answer: string) => {
      clearTimeout(alarm);
      socket.removeAllListeners('data').removeAllListeners('end');
      resolve({ socket, answer });
    };
    const alarm = setTimeout(() => settle('timed out'), PATIENCE_MS);
    socket.on('data', (chunk: string) => {
      line += chunk;
      if (line.includes('\n')) settle(line.trim());
    });
    socket.on('end', () => settle('ended'));
    socket.write('?');
    socket.on('error', ({ code = 'failed' }: NodeJS.ErrnoException) => settle(code));
  });
}
