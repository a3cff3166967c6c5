import { loadRoom } from '../helpers/room.ts';

await loadRoom('k8s');
