import test from 'ava';
import { refusedForms } from '../refused-forms.ts';
import { acceptSuite, comeAgainSuite } from '../suite-accept.ts';
import { admissionSuite } from '../suite-admission.ts';
import { handoverSuite } from '../suite-handover.ts';
import { pickSuite } from '../suite-pick.ts';
import { create, createBatching, FORWARDED, GET, readHead } from './play-http.ts';

admissionSuite(test, 'http', create, FORWARDED);
handoverSuite(test, 'http', create, FORWARDED);
pickSuite(test, 'http', create, { plan: FORWARDED, says: GET, heard: readHead });
refusedForms(test, 'http', create, ['none', 'v1', 'v2', 'transparent']);

const CLOSING = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';
const TALK = {
  plan: FORWARDED,
  says: 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  answer: CLOSING,
};
comeAgainSuite(test, 'http', create, TALK);
acceptSuite(test, 'http, in batches', createBatching, TALK);
comeAgainSuite(test, 'http, in batches', createBatching, TALK);
admissionSuite(test, 'http, in batches', createBatching, FORWARDED);
