import { Agent, createServer, request } from 'node:http';

/**
 * The yardstick of `--present forwarded`: the least that a reverse proxy on node:http does, with an agent that keeps
 * connections and the one field that everybody writes. No limits, no checks, no reasons.
 *
 *     node dist/bench/http-proxy-process.js LISTEN_PORT ENDPOINT_PORT
 */
const [listen, to] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true });

createServer((asked, answer) => {
  const headers = { ...asked.headers, 'x-forwarded-for': asked.socket.remoteAddress };
  const out = request(
    { agent, host: '127.0.0.1', port: to, method: asked.method, path: asked.url, headers },
    (answered) => {
      answer.writeHead(answered.statusCode!, answered.headers);
      answered.pipe(answer);
    },
  );
  out.on('error', () => answer.destroy());
  asked.pipe(out);
}).listen(listen, '127.0.0.1', () => console.log('listening'));
