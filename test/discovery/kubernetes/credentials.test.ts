import test from 'ava';
import { createToken } from '../../../src/discovery/kubernetes/credentials.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';
import { memoryFiles } from './watch-parts.ts';

function create(texts: { [path: string]: string | undefined }) {
  const clock = turnedClock();
  return { clock, texts, token: createToken({ file: '/token' }, memoryFiles(texts), clock) };
}

test('a token is read again after 50 s, not before, and trimmed', (t) => {
  const { clock, texts, token } = create({ '/token': 'one\n' });
  t.is(token.current(), 'one');
  texts['/token'] = ' two ';
  clock.advance(49_999);
  t.is(token.current(), 'one');
  clock.advance(1);
  t.is(token.current(), 'two');
});

test('W8: a token that the API rejects is read again at once', (t) => {
  const { texts, token } = create({ '/token': 'one' });
  token.current();
  texts['/token'] = 'two';
  token.expire();
  t.is(token.current(), 'two');
});

test('where the file cannot be read, or holds nothing that is a token, the one before is kept', (t) => {
  const { clock, texts, token } = create({ '/token': 'one' });
  token.current();
  for (const wrong of [undefined, '', ' \n', 'two\r\nx-other: header', 'zwei€']) {
    texts['/token'] = wrong;
    clock.advance(50_000);
    t.is(token.current(), 'one');
    token.expire();
    t.is(token.current(), 'one');
  }
});

test('without any token so far, each request reads the file again', (t) => {
  const { texts, token } = create({});
  t.is(token.current(), null);
  texts['/token'] = 'one';
  t.is(token.current(), 'one');
});

test('a token from a kubeconfig never changes', (t) => {
  const token = createToken({ text: 'fixed' }, memoryFiles({}), turnedClock());
  token.expire();
  t.is(token.current(), 'fixed');
});
