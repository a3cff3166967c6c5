// Pods in a process of their own, until standard input ends. Arguments: their addresses.
import { startPod } from '../e2e/gateway/pod.ts';

await Promise.all(process.argv.slice(2).map((ip) => startPod({ teardown: () => {} }, ip)));
process.stdout.write('open\n');
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
