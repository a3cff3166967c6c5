import test from 'ava';
import { CLOSE_REASONS, REASON_NAMES, reasonRow } from '../../src/plan/close-reason.ts';

const SIDES = ['client', 'endpoint', 'herald'];
const PHASES = ['admit', 'header', 'connect', 'relay'];
const LEVELS = ['debug', 'info', 'warn', 'error'];

test('every reason says who ended the session, in which phase, and how loudly', (t) => {
  t.true(REASON_NAMES.length > 20);
  for (const reason of REASON_NAMES) {
    const row = reasonRow(reason);
    t.true(SIDES.includes(row.by), reason);
    t.true(PHASES.includes(row.phase), reason);
    t.true(LEVELS.includes(row.level), reason);
    const fields = Object.keys(row).filter((field) => field !== 'refused');
    t.deepEqual(fields.sort(), ['by', 'level', 'phase', 'text'], reason);
  }
});

test('the names of reasons are labels: snake_case, each once', (t) => {
  for (const reason of REASON_NAMES) t.regex(reason, /^[a-z]+(?:_[a-z]+)*$/);
  t.is(new Set(REASON_NAMES).size, REASON_NAMES.length);
  t.deepEqual([...REASON_NAMES], Object.keys(CLOSE_REASONS));
});

test('the text of every reason is one sentence, and no two are the same', (t) => {
  for (const reason of REASON_NAMES) {
    // One full stop, at the end; no line break, no quote that a table would have to escape.
    t.regex(reasonRow(reason).text, /^[A-Z][^.!?\n|"]{15,118}\.$/, reason);
  }
  t.is(new Set(REASON_NAMES.map((reason) => reasonRow(reason).text)).size, REASON_NAMES.length);
});

/** Of a request and not of a connection: those before it may have been answered. */
const OF_REQUESTS = ['request_invalid', 'request_timeout'];

test('whom we refuse meets no endpoint with what it sent, and every refusal is a warning', (t) => {
  const refused = REASON_NAMES.filter((reason) => reasonRow(reason).refused);
  t.true(refused.length > 8);
  for (const reason of refused) {
    const early = ['admit', 'header'].includes(reasonRow(reason).phase);
    t.is(early, !OF_REQUESTS.includes(reason), reason);
    t.is(reasonRow(reason).level, 'warn', reason);
  }
});

test('whoever is turned away at the door or over its header is a refusal, but for a probe', (t) => {
  const early = REASON_NAMES.filter((reason) => ['admit', 'header'].includes(reasonRow(reason).phase));
  t.deepEqual(
    early.filter((reason) => reasonRow(reason).refused !== true),
    ['probe'],
  );
});

test('the endings of a good day are quiet, and no others', (t) => {
  t.deepEqual(
    REASON_NAMES.filter((reason) => reasonRow(reason).level === 'debug'),
    ['client_closed', 'endpoint_closed', 'probe', 'drained'],
  );
});

test('the name of a reason that begins with a side names the side that ended the session', (t) => {
  // These say what a source or a header knows of the endpoint; it is Herald that ends the sessions then.
  const ofHerald = ['endpoint_gone', 'endpoint_unknown'] as const;
  const named = REASON_NAMES.filter(
    (reason) => /^(?:client|endpoint)_/.test(reason) && !ofHerald.some((each) => each === reason),
  );
  for (const reason of ofHerald) t.is(reasonRow(reason).by, 'herald');
  t.true(named.length >= 7);
  for (const reason of named) t.is(reasonRow(reason).by, reason.split('_')[0] as 'client' | 'endpoint');
});
