import test from 'ava';
import type { ListenerOptions } from '../../src/config/config.ts';
import { OpenListeners } from '../../src/control/open-listeners.ts';
import type { OpenListener } from '../../src/plan/engine.ts';
import { createMemoryLog } from '../observe/memory-log.ts';
import { options, tcp } from './scripted-config.ts';

const listener = (name: string, port: number): OpenListener =>
  ({ id: port, name, address: tcp(port) }) as OpenListener;

function create() {
  const log = createMemoryLog();
  const facts = (_listener: OpenListener, { present }: ListenerOptions) => ({ present });
  const open = new OpenListeners(log, facts, () => false);
  /** Replaces the open listeners, and returns the lines that this logs. */
  const replace = (...listeners: readonly OpenListener[]) => {
    const before = log.lines.length;
    open.replace(
      listeners,
      listeners.map(({ name }) => options({ name })),
    );
    return log.lines
      .slice(before)
      .map(({ fields, message }) => ({ listener: fields.listener, ...fields, message }));
  };
  return { open, replace };
}

test('a listener that opens is a line with its name, its address and its facts', (t) => {
  const { replace, open } = create();
  t.deepEqual(replace(listener('web', 443)), [
    { listener: 'web', address: '127.0.0.1:443', present: 'v1', message: 'listening' },
  ]);
  t.deepEqual(open.current, [listener('web', 443)]);
});

test('one that stays open is no line; one that moves or gets another name is a line for its end and one for its beginning', (t) => {
  const { replace } = create();
  replace(listener('web', 443), listener('mail', 25), listener('ssh', 22));
  t.deepEqual(
    replace(listener('web', 443), listener('mail', 26), listener('shell', 22)).map(
      ({ listener, message }) => `${listener} ${message}`,
    ),
    [
      'mail closed; open sessions go on',
      'ssh closed; open sessions go on',
      'mail listening',
      'shell listening',
    ],
  );
});

test('once closed nothing is open, whatever a plan that was under way has opened', (t) => {
  const { replace, open } = create();
  replace(listener('web', 443));
  open.close();
  t.deepEqual(replace(listener('web', 444)), []);
  t.deepEqual(open.current, []);
});
