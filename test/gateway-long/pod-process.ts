// A pod in a process of its own, until standard input ends. Argument: its address.
import { startPod } from '../e2e/gateway/pod.ts';

await startPod({ teardown: () => {} }, process.argv[2]!);
process.stdout.write('open\n');
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
