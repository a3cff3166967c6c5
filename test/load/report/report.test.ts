import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { createReport } from '../../../src/load/report/report.ts';
import { CHROMIUM, visitPage } from '../../helpers/chromium.ts';
import { testWith } from '../../helpers/peer-installed.ts';
import { folderFor } from '../../helpers/peer-start.ts';
import { CALM, RESULT } from '../sample-result.ts';

// Serial, because three browsers at once are slow on a small machine.
const withChromium = testWith([CHROMIUM], [], test.serial);

/** Evaluated in the page: each chart's id, the number of its pixels that are not empty, and its width. */
const PIXELS = `JSON.stringify([...document.querySelectorAll('.picture')].map((picture) => {
  const canvas = picture.querySelector('canvas');
  if (canvas === null) return [picture.id, picture.textContent, picture.clientWidth];
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
    const pictures: [string, number | string, number][] = JSON.parse(String(value));
    t.deepEqual(
      pictures.map(([id]) => id),
      ['curve', 'latency', 'rate', 'bytes'],
    );
    for (const [id, pixels, width] of pictures) {
      t.true(width > 400, id);
      if (result.series.length > 0) t.true(Number(pixels) > 2000, `${id}: ${pixels}`);
      else t.is(pixels, 'Not measured.', id);
    }
  });
}

withChromium('the legend shows the strokes by which ways and runs differ', async (t) => {
  const file = join(await folderFor(t), 'report.html');
  await writeFile(file, createReport(RESULT, CALM));
  const strokes = `JSON.stringify([...document.querySelectorAll('#curve .u-marker')].map((marker) =>
    getComputedStyle(marker).borderTopStyle))`;
  const { value } = await visitPage(t, pathToFileURL(file).href, strokes);
  // The first marker belongs to the percentile, which has no line.
  t.deepEqual(JSON.parse(String(value)), ['none', 'solid', 'dashed', 'dotted']);
});

test('errors are told of each way and of the other run, and each figure by whose it is', (t) => {
  const direct = { ...RESULT.direct!, errors: { ...RESULT.direct!.errors, http_status: 7 } };
  const page = createReport({ ...RESULT, direct }, { ...CALM, errors: { ...CALM.errors, reset: 1 } });
  const cells = (row: string) => [...row.matchAll(/<t[hd]>(.*?)<\/t[hd]>/g)].map(([, text]) => text);
  const table = page.split('<h2>Errors</h2>')[1]!.split('</table>')[0]!;
  const [head, ...rows] = table.split('</tr>').map(cells);
  t.deepEqual(head, ['', 'through', 'direct', 'other run', 'meaning']);
  t.deepEqual(
    rows.map((row) => row.slice(0, 4)).filter((row) => row.length > 0),
    [
      ['reset', '4', '0', '1'],
      ['ended', '6', '0', '0'],
      ['http_status', '0', '7', '0'],
    ],
  );
  t.regex(page, /<span>through: errors<\/span>/);
  t.regex(page, /Compared with the run of 2026-01-02T03:04:05\.678Z: http to 127\.0\.0\.1:8080/);
});

test('without a single time the report says that there is none', (t) => {
  const latency = { connect: null, firstByte: null, total: null };
  t.regex(createReport({ ...CALM, latency }, null), /<h2>Latency<\/h2><p>Not measured\.<\/p>/);
});

test('a report holds every figure, and nothing of it is markup', (t) => {
  const evil = '</script><script>alert(1)</script>"&';
  const asked = { ...RESULT.asked, direct: evil };
  const page = createReport({ ...RESULT, herald: evil, asked }, { ...CALM, at: evil });
  t.false(page.includes(evil));
  t.false(page.includes('<script>alert'));
  for (const text of [
    '1,000',
    '5.00\u00a0ms',
    'The generator was the limit',
    'Ended early',
    '45\u00a0µs … 55\u00a0µs',
    'reset',
    '203.0.113.0/24',
  ]) {
    t.true(page.includes(text), text);
  }
  t.notRegex(page, /(?:src|href)="(?!data:)/);
});

test('a report carries the licence of the library that it embeds', (t) => {
  const licence = readFileSync(new URL(import.meta.resolve('uplot/LICENSE')), 'utf8').trim();
  t.true(createReport(CALM, null).includes(licence));
});
