import test from 'ava';
import { PingAnswer } from '../../src/load/ping-answer.ts';

const LINE = '{"client":{"address":"192.0.2.1","port":1},"header":1}\n';

for (const line of ['', LINE]) {
  test(`a ping behind ${line === '' ? 'nothing' : 'the line of herald echo'} is whole at its last byte, wherever it is split`, (t) => {
    const bytes = Buffer.from(`${line}${'.'.repeat(10)}`);
    for (let at = 0; at < bytes.length; at++) {
      const answer = new PingAnswer(10);
      t.is(answer.read(bytes.subarray(0, at), at), 'more');
      t.is(answer.read(bytes.subarray(at), bytes.length - at), 'whole');
      t.is(answer.seen, line);
      answer.reset();
      t.is(answer.read(Buffer.from('..........'), 9), 'more');
      t.is(answer.read(Buffer.from('..........'), 1), 'whole');
    }
  });
}

test('more bytes than went there are broken, and so is a line without end', (t) => {
  t.is(new PingAnswer(3).read(Buffer.from('....'), 4), 'broken');
  const endless = new PingAnswer(3);
  const part = Buffer.from(`{${'x'.repeat(10_000)}`);
  t.is(endless.read(part, part.length), 'more');
  t.is(endless.read(part, part.length), 'broken');
});
