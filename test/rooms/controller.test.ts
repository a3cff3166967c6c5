import { loadRoom } from '../helpers/room.ts';

await loadRoom('controller');
