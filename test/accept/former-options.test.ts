import { createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { type AcceptOptions, parseAcceptOptions } from '../../src/accept/accept-options.ts';
import { takeHeaders } from '../../src/ops/bounded-server.ts';
import { startEcho } from '../../src/tools/echo-server.ts';

const TRUST = ['10.0.0.0/8'];

const RENAMED = [
  {
    former: 'plain',
    present: 'headerless',
    value: ['192.0.2.0/24'],
    other: ['198.51.100.0/24'],
    wrong: 'all',
  },
  { former: 'header', present: 'proxyHeader', value: 'optional', other: 'required', wrong: 'maybe' },
  { former: 'expect', present: 'acceptProxy', value: 'v1', other: 'v2', wrong: 'v3' },
] as const;

function parse(options: { readonly [name: string]: unknown }) {
  return parseAcceptOptions({ trust: TRUST, ...options } as AcceptOptions);
}

/** The warnings that the process emits while `run` runs. */
async function warningsOf(t: ExecutionContext, run: () => void | Promise<void>): Promise<Error[]> {
  const all: Error[] = [];
  const listener = (warning: Error) => all.push(warning);
  process.on('warning', listener);
  t.teardown(() => process.off('warning', listener));
  await run();
  await new Promise(setImmediate);
  return all;
}

for (const { former, present, value, other, wrong } of RENAMED) {
  test.serial(`${former} means ${present}, and one warning says so`, async (t) => {
    const warnings = await warningsOf(t, () => {
      t.deepEqual(parse({ [former]: value }).admission, parse({ [present]: value }).admission);
    });
    t.is(warnings.length, 1);
    t.like(warnings[0], {
      name: 'DeprecationWarning',
      code: 'HERALD_OPTION_RENAMED',
      message: `acceptProxyProtocol: "${former}" is now called "${present}"; a former name is removed in the next release`,
    });
  });

  for (const { present: beside, value: besideValue } of RENAMED) {
    if (beside === present) continue;
    test.serial(`${former} can be given beside ${beside}`, async (t) => {
      const warnings = await warningsOf(t, () => {
        const { admission } = parse({ [former]: value, [beside]: besideValue });
        t.deepEqual(admission, parse({ [present]: value, [beside]: besideValue }).admission);
      });
      t.is(warnings.length, 1);
    });
  }

  test.serial(`${former} beside ${present} is a TypeError, whether they agree or not`, async (t) => {
    const warnings = await warningsOf(t, () => {
      for (const written of [value, other]) {
        t.throws(() => parse({ [former]: value, [present]: written }), {
          instanceOf: TypeError,
          message: `acceptProxyProtocol: "${former}" is the former name of "${present}", which is given too; remove "${former}"`,
        });
      }
    });
    t.deepEqual(warnings, []);
  });

  test.serial(`a wrong value of ${former} is a TypeError under the name that was written`, async (t) => {
    const warnings = await warningsOf(t, () => {
      t.throws(() => parse({ [former]: wrong }), {
        instanceOf: TypeError,
        message: new RegExp(`"${former}" `),
      });
    });
    t.deepEqual(warnings, []);
  });

  test.serial(`${former} that is undefined is not given`, async (t) => {
    const warnings = await warningsOf(t, () => {
      t.deepEqual(
        parse({ [former]: undefined, [present]: value }).admission,
        parse({ [present]: value }).admission,
      );
    });
    t.deepEqual(warnings, []);
  });
}

test.serial('several former names are one warning', async (t) => {
  const warnings = await warningsOf(t, () => {
    parse(Object.fromEntries(RENAMED.map(({ former, value }) => [former, value])));
  });
  t.is(warnings.length, 1);
  for (const { former, present } of RENAMED) {
    t.true(warnings[0]!.message.includes(`"${former}" is now called "${present}"`));
  }
});

test.serial('the present names are no warning', async (t) => {
  const warnings = await warningsOf(t, () => {
    parse(Object.fromEntries(RENAMED.map(({ present, value }) => [present, value])));
  });
  t.deepEqual(warnings, []);
});

test.serial('the servers of Herald itself use present names only', async (t) => {
  const warnings = await warningsOf(t, async () => {
    takeHeaders(createServer(), 1);
    const echo = await startEcho({ listen: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 } });
    await echo.stop();
  });
  t.deepEqual(warnings, []);
});
