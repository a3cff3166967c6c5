import { createServer } from 'node:http';

/** What every proxy stands before: 64 bytes for each request; prints its port. */
const BODY = 'x'.repeat(64);

const server = createServer((asked, answer) => {
  asked.resume();
  // Who is not told of a client has not been asked through a proxy that does its work.
  answer.statusCode = asked.headers['x-forwarded-for'] === undefined ? 500 : 200;
  answer.end(BODY);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address())));
