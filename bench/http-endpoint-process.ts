import { createServer } from 'node:http';

/** The endpoint behind every HTTP proxy: answers each request with 64 bytes; prints its port. */
const BODY = 'x'.repeat(64);

const server = createServer((asked, answer) => {
  asked.resume();
  // A request without X-Forwarded-For shows that the proxy did not do its work.
  answer.statusCode = asked.headers['x-forwarded-for'] === undefined ? 500 : 200;
  answer.end(BODY);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address())));
