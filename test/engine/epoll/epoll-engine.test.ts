import test from 'ava';
import { createEpollEngine } from '../../../src/engine/epoll/epoll-engine.ts';
import { type CreateEngine, ENGINE_DEFAULTS } from '../../helpers/engine-harness.ts';
import { refusedForms } from '../refused-forms.ts';
import { BYTES, comeAgainSuite } from '../suite-accept.ts';
import { admissionSuite } from '../suite-admission.ts';
import { balanceSuite } from '../suite-balance.ts';
import { guardSuite } from '../suite-guard.ts';
import { handoverSuite } from '../suite-handover.ts';
import { headerSuite } from '../suite-headers.ts';
import { lifecycleSuite } from '../suite-lifecycle.ts';
import { relayProperty } from '../suite-property.ts';
import { relaySuite } from '../suite-relay.ts';
import { resetSuite } from '../suite-resets.ts';

const create: CreateEngine = (parts) => createEpollEngine({ ...ENGINE_DEFAULTS, ...parts, threads: 1 });

admissionSuite(test, 'epoll', create);
handoverSuite(test, 'epoll', create, { presentation: { form: 'none' } });
guardSuite(test, 'epoll', create);
headerSuite(test, 'epoll', create);
relayProperty(test, 'epoll', create);
relaySuite(test, 'epoll', create);
resetSuite(test, 'epoll', create);
lifecycleSuite(test, 'epoll', create);
balanceSuite(test, 'epoll', create);
comeAgainSuite(test, 'epoll', create, BYTES);
refusedForms(test, 'epoll', create, ['forwarded']);
