import test from 'ava';
import { createNetEngine } from '../../../src/engine/net/net-engine.ts';
import { type CreateEngine, ENGINE_DEFAULTS } from '../../helpers/engine-harness.ts';
import { RAW_ACCEPT } from '../raw-accept.ts';
import { refusedForms } from '../refused-forms.ts';
import { acceptSuite, BYTES, comeAgainSuite } from '../suite-accept.ts';
import { admissionSuite } from '../suite-admission.ts';
import { balanceSuite } from '../suite-balance.ts';
import { guardSuite } from '../suite-guard.ts';
import { handoverSuite } from '../suite-handover.ts';
import { headerSuite } from '../suite-headers.ts';
import { lifecycleSuite } from '../suite-lifecycle.ts';
import { relayProperty } from '../suite-property.ts';
import { relaySuite } from '../suite-relay.ts';
import { resetSuite } from '../suite-resets.ts';

const create: CreateEngine = (parts) => createNetEngine({ ...ENGINE_DEFAULTS, ...parts });
const createBatching: CreateEngine = (parts) =>
  createNetEngine({ ...ENGINE_DEFAULTS, ...parts, rawAccept: RAW_ACCEPT });

admissionSuite(test, 'net', create);
handoverSuite(test, 'net', create, { presentation: { form: 'none' } });
guardSuite(test, 'net', create);
headerSuite(test, 'net', create);
relayProperty(test, 'net', create);
relaySuite(test, 'net', create);
resetSuite(test, 'net', create);
lifecycleSuite(test, 'net', create);
balanceSuite(test, 'net', create);
refusedForms(test, 'net', create, ['transparent', 'forwarded']);
comeAgainSuite(test, 'net', create, BYTES);
acceptSuite(test, 'net, in batches', createBatching, BYTES);
comeAgainSuite(test, 'net, in batches', createBatching, BYTES);
admissionSuite(test, 'net, in batches', createBatching);
lifecycleSuite(test, 'net, in batches', createBatching);
relayProperty(test, 'net, in batches', createBatching);
