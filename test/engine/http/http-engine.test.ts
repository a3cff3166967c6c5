import test from 'ava';
import { refusedForms } from '../refused-forms.ts';
import { admissionSuite } from '../suite-admission.ts';
import { create, FORWARDED } from './play-http.ts';

admissionSuite(test, 'http', create, FORWARDED);
refusedForms(test, 'http', create, ['none', 'v1', 'v2']);
