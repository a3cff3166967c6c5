import { loadRoom } from '../helpers/room.ts';

// Runs of the load harness measure, and so are alone.
await loadRoom('load', (file) => !file.startsWith('run-'));
