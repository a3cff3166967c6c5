// Connections at a constant rate, in a process of their own. Arguments: the port, the rate, and the pods' addresses. They end with
// standard input; then standard output has what became of them, as one line of JSON.
import { startArrivals } from './arrivals.ts';

const [port = '', rate = '', ...pods] = process.argv.slice(2);
const arrivals = startArrivals(Number(port), Number(rate), pods);
process.stdin.on('end', async () => {
  const result = await arrivals.stop();
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
});
process.stdin.resume();
