import { StartError } from '../../src/plan/start-error.ts';
import { fromLinux, onLinuxAtOnce as onLinux } from '../linux/on-linux.ts';

const { addAll } = await fromLinux(() => import('../../src/transparent/node-routes.ts'));

/** Parts of which one cannot be added, as the table is where the kernel lacks a module. */
function parts(refused?: string) {
  const done: string[] = [];
  const changes = ['route', 'rule', 'table'].map((name) => ({
    add: () => {
      if (name === refused) throw new StartError('routes_refused', `cannot add the ${name}`);
      done.push(`+${name}`);
    },
    remove: () => done.push(`-${name}`),
  }));
  return { done, changes };
}

onLinux('all parts are added in their order', (t) => {
  const { done, changes } = parts();
  addAll(changes);
  t.deepEqual(done, ['+route', '+rule', '+table']);
});

onLinux('if one cannot be added, those before it are removed again', (t) => {
  const { done, changes } = parts('table');
  t.throws(() => addAll(changes), { message: 'cannot add the table' });
  t.deepEqual(done, ['+route', '+rule', '-rule', '-route']);
});
