import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { CERTIFICATE } from '../helpers/certificate.ts';
import { Connection } from '../helpers/connection.ts';
import { CLIENT_IP } from '../helpers/peer-installed.ts';

/** `4` or `6`: whether a peer is met on 127.0.0.1 or on ::1. */
export type IpFamily = 4 | 6;

export const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;

/** Where a client connects to. */
export interface Visited {
  readonly port: number;
  readonly family?: IpFamily;
}

/** A client that asked for `/`: where it came from, and the body that it got, at its spaces. */
export interface Visit {
  readonly address: string;
  readonly port: string;
  /** Both, as a log of Herald writes them. */
  readonly text: string;
  readonly answer: readonly string[];
}

/** For the body of `/`, and then the end. */
export const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

/** Connects from an address of its own, where the family has more than one. */
export function connectTo({ port, family = 4 }: Visited): Promise<Connection> {
  return Connection.to({ host: LOOPBACK[family], port, ...localAddress(family) });
}

/** Asks once, over a connection of its own. */
export async function visit(visited: Visited): Promise<Visit> {
  return ask(await connectTo(visited));
}

/** The same through TLS. */
export async function visitTls({ port, family = 4 }: Visited): Promise<Visit> {
  const socket = connect({ host: LOOPBACK[family], port, ...localAddress(family) });
  const tls = connectTls({ socket, servername: 'localhost', ca: CERTIFICATE.cert });
  // The kernel's word is had while there is a connection, and TLS hides the socket that it is for.
  await new Promise<void>((resolve, reject) => {
    tls.once('secureConnect', resolve).once('error', reject);
  });
  return ask(new Connection(tls), socket);
}

/** Asks over a connection that is open. */
export async function ask(connection: Connection, socket = connection.socket): Promise<Visit> {
  const came = { address: socket.localAddress ?? '', port: String(socket.localPort) };
  connection.write(REQUEST);
  const answer = (await connection.readToEnd()).toString('latin1');
  connection.destroy();
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  return { ...came, text: addressText(came.address, came.port), answer: body.trim().split(' ') };
}

function localAddress(family: IpFamily) {
  return family === 4 ? { localAddress: CLIENT_IP } : {};
}

export function addressText(address: string, port: number | string): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
