import test from 'ava';
import { createPortHolds } from '../../src/controller/port-holds.ts';

const of = (ports: { readonly [port: number]: readonly string[] }) =>
  new Map(Object.entries(ports).map(([port, names]) => [Number(port), new Set(names)]));

test('G2: a port belongs to the namespace that has it, and for the hold after that', (t) => {
  const holds = createPortHolds(600_000);
  t.deepEqual([...holds.held(0)], []);
  holds.granted(of({ 443: ['shop'] }), 0);
  t.deepEqual([...holds.held(1000)], [[443, 'shop']]);
  t.is(holds.nextEndMs, null);
  holds.granted(of({}), 2000);
  t.deepEqual([...holds.held(2000)], [[443, 'shop']]);
  t.is(holds.nextEndMs, 602_000);
  t.deepEqual([...holds.held(601_999)], [[443, 'shop']]);
  t.deepEqual([...holds.held(602_000)], []);
  t.is(holds.nextEndMs, null);
});

test('G2: a namespace that gets its port back before the hold ends has it without an end', (t) => {
  const holds = createPortHolds(600_000);
  holds.granted(of({ 443: ['shop'] }), 0);
  holds.granted(of({}), 1000);
  holds.granted(of({ 443: ['shop'] }), 2000);
  t.is(holds.nextEndMs, null);
  t.deepEqual([...holds.held(900_000)], [[443, 'shop']]);
});

test('a port that several namespaces have, at different addresses, is held for none of them', (t) => {
  const holds = createPortHolds(600_000);
  holds.granted(of({ 443: ['shop', 'mail'] }), 0);
  t.deepEqual([...holds.held(0)], []);
  holds.granted(of({ 443: ['mail'] }), 1000);
  t.deepEqual([...holds.held(1000)], [[443, 'mail']]);
});

test('without a hold, a port is free as soon as nobody has it', (t) => {
  const holds = createPortHolds(0);
  holds.granted(of({ 443: ['shop'] }), 0);
  t.deepEqual([...holds.held(0)], [[443, 'shop']]);
  holds.granted(of({}), 1);
  t.deepEqual([...holds.held(1)], []);
});

test('without a hold nothing ends later', (t) => {
  const holds = createPortHolds(0);
  holds.granted(of({ 443: ['shop'] }), 0);
  holds.granted(of({}), 1000);
  t.deepEqual([[...holds.held(1000)], holds.nextEndMs], [[], null]);
});
