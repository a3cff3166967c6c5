import test from 'ava';
import { refusedForms } from '../refused-forms.ts';
import { admissionSuite } from '../suite-admission.ts';
import { pickSuite } from '../suite-balance.ts';
import { handoverSuite } from '../suite-handover.ts';
import { create, FORWARDED, GET, readHead } from './play-http.ts';

admissionSuite(test, 'http', create, FORWARDED);
handoverSuite(test, 'http', create, FORWARDED);
pickSuite(test, 'http', create, { plan: FORWARDED, says: GET, heard: readHead });
refusedForms(test, 'http', create, ['none', 'v1', 'v2', 'transparent']);
