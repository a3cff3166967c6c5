import type { ExecutionContext } from 'ava';
import { edge } from '../../src/cli/edge.ts';
import { parseArguments } from '../../src/cli/parse-arguments.ts';
import { sidecar } from '../../src/cli/sidecar.ts';
import type { ListenerOptions } from '../../src/config/config.ts';
import { configFromFlags } from '../../src/config/config-from-flags.ts';
import { formatHeader, parseHeader, sourceOf } from '../../src/wire/index.ts';
import { Connection } from './connection.ts';
import { startHerald } from './running-herald.ts';
import { ScriptedEndpoint } from './scripted-endpoint.ts';

/** What is written for other machines or for a cluster has no meaning in a test of this one. */
const DROPPED = ['--traffic-policy', '--affinity', '--weight', '--backup', '--probe', '--metrics', '--admin'];

const LOOPBACK: { readonly [flag: string]: string } = {
  '--listen': '127.0.0.1:0',
  '--trust': '127.0.0.1',
  '--headerless': '127.0.0.9',
};

/** A warning that the page itself passes on. */
const FAIR = /some receivers refuse more than 107/;

/** The client of the header that a trusted peer sends. */
const CLIENT = '203.0.113.77';
const HEADER = formatHeader({
  version: 2,
  source: { address: CLIENT, port: 51234 },
  destination: { address: '192.0.2.1', port: 443 },
});

/**
 * Tries `herald edge …` or `herald sidecar …` of the documentation: the command line is accepted without a warning, and with its
 * addresses replaced by ones of this machine it carries a client, whom the endpoint learns as the command says.
 */
export async function tryServing(t: ExecutionContext, words: readonly string[]): Promise<void> {
  const [, role, ...rest] = words;
  if (role !== 'edge' && role !== 'sidecar') throw new Error(`not a command that serves: ${role}`);
  const args = parseArguments(rest, role === 'edge' ? edge : sidecar);
  const { listeners, warnings } = configFromFlags(role, args.flags, { NODE_NAME: 'node-a' }, args.problems);
  t.deepEqual(
    warnings.filter((text) => !FAIR.test(text)),
    [],
  );
  const [listener] = listeners;
  // Needs rules of the kernel: test/e2e/recipes and transparent.test.ts carry clients so.
  if (listener!.present === 'transparent') return;
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  const herald = startHerald(t, [role, ...hereWords(rest, endpoint.port)]);
  await carry(t, listener!, await herald.port(), endpoint);
  t.is(await herald.stop(), 0);
}

/** The flags with addresses of this machine. The addresses for machines stay closed. */
function hereWords(words: readonly string[], port: number): string[] {
  const here = new Map([...Object.entries(LOOPBACK), ['--to', `127.0.0.1:${port}`]]);
  const kept = ['--engine', 'net', '--metrics', 'none', '--admin', 'none'];
  for (let at = 0; at < words.length; at++) {
    const flag = words[at]!;
    const value = here.get(flag);
    if (DROPPED.includes(flag)) at++;
    else if (value === undefined) kept.push(flag);
    else {
      kept.push(flag, value);
      at++;
    }
  }
  return kept;
}

async function carry(
  t: ExecutionContext,
  { trust, present }: ListenerOptions,
  port: number,
  endpoint: ScriptedEndpoint,
): Promise<void> {
  const client = await Connection.to({ host: '127.0.0.1', port });
  t.teardown(() => client.destroy());
  const announced = trust.cidrs.length + trust.names.length > 0;
  if (announced) client.write(HEADER);
  const expected = announced ? CLIENT : '127.0.0.1';
  const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
  client.write(request);
  const came = await endpoint.accept();
  let text = '';
  while (!/Host: .*\r\n\r\n$/s.test(text)) text += (await came.read(1)).toString('latin1');
  if (present === 'forwarded') t.regex(text, new RegExp(`x-forwarded-for: ${expected}\r\n`, 'i'));
  else if (present === 'none') t.is(text, request);
  else {
    const parsed = parseHeader(Buffer.from(text, 'latin1'));
    if (parsed.status !== 'header') return t.fail(parsed.status);
    const source = sourceOf(parsed.header);
    t.is(source !== null && 'address' in source ? source.address : null, expected);
    t.is(parsed.header.version, present === 'v1' ? 1 : 2);
    t.is(text.slice(parsed.length), request);
  }
}
