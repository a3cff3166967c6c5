import { Agent, createServer, request } from 'node:http';

/**
 * The baseline for `--present forwarded`: a minimal reverse proxy on node:http with a keep-alive agent, which adds
 * X-Forwarded-For. It has no limits, no checks and no close reasons.
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
