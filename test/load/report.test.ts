import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { createReport } from '../../src/load/report.ts';
import { CHROMIUM, visitPage } from '../helpers/chromium.ts';
import { testWith } from '../helpers/peer-installed.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { CALM, RESULT } from './sample-result.ts';

// One browser at a time: three at once are slow on a small machine.
const withChromium = testWith([CHROMIUM], [], test.serial);

/** Every picture with how many of its pixels are not empty, in the page. */
const PIXELS = `JSON.stringify([...document.querySelectorAll('.picture')].map((picture) => {
  const canvas = picture.querySelector('canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return [picture.id, data.filter((byte, at) => at % 4 === 3 && byte > 0).length, canvas.width];
}))`;

for (const [name, result, other] of [
  ['of one run', CALM, null],
  ['of a comparison beside another run', RESULT, CALM],
  ['of nothing at all', { ...CALM, series: [], curve: [] }, null],
] as const) {
  withChromium(`a report ${name} opens in a browser without an error, and without a request`, async (t) => {
    const file = join(await folderFor(t), 'report.html');
    await writeFile(file, createReport(result, other));
    const url = pathToFileURL(file).href;
    const { requests, complaints, value } = await visitPage(t, url, PIXELS);
    t.deepEqual(
      requests.filter((each) => !each.startsWith('data:')),
      [url],
    );
    t.deepEqual(complaints, []);
    const pictures: [string, number, number][] = JSON.parse(String(value));
    t.deepEqual(
      pictures.map(([id]) => id),
      ['curve', 'latency', 'rate', 'bytes'],
    );
    for (const [id, pixels, width] of pictures) {
      t.true(width > 400, id);
      if (result.series.length > 0) t.true(pixels > 2000, `${id}: ${pixels}`);
    }
  });
}

test('a report holds every figure, and nothing of it is markup', (t) => {
  const evil = '</script><script>alert(1)</script>"&';
  const asked = { ...RESULT.asked, direct: evil };
  const page = createReport({ ...RESULT, herald: evil, asked }, { ...CALM, at: evil });
  t.false(page.includes(evil));
  t.false(page.includes('<script>alert'));
  for (const text of [
    '1,000',
    '5.00 ms',
    'The generator was the limit',
    'Ended early',
    '45 µs … 55 µs',
    'reset',
    '203.0.113.0/24',
  ]) {
    t.true(page.includes(text), text);
  }
  t.notRegex(page, /(?:src|href)="(?!data:)/);
});
