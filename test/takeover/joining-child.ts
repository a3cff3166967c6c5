import { readdirSync } from 'node:fs';
import { joinPredecessor } from '../../src/takeover/join-predecessor.ts';

// Joins the process at the path, says how that went, and what is left of it. The second argument is how long to wait for sockets and
// for the last word; `ready` as the third says that word.

const [path, ms, word] = process.argv.slice(2);
const count = () => readdirSync('/proc/self/fd').length;
const before = count();
let answer: object;
try {
  const predecessor = joinPredecessor(path!, { socketsMs: Number(ms), yoursMs: Number(ms) });
  const sockets = predecessor.sockets.length;
  const received = count() - before;
  const result = word === 'ready' ? await predecessor.ready() : null;
  predecessor.close();
  answer = { sockets, received, result };
} catch (error) {
  const { name, code, message } = error as Error & { code?: string };
  answer = { name, code, message, left: count() - before };
}
console.log(JSON.stringify(answer));
