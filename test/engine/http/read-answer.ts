import { AnswerParser, type AnswerSink, type StreamEnd } from '../../../src/engine/http/answer-parser.ts';

/** What an answer is read as. `end`: how far it had come when the stream ended behind all bytes. */
export interface Reading {
  readonly interim: number[];
  readonly status: number | null;
  readonly fields: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[] | null;
  readonly invalid: string | null;
  readonly excess: boolean;
  readonly keepAlive: boolean;
  readonly end: StreamEnd;
}

/** Reads one answer that comes in these parts. */
export function read(parts: readonly Buffer[], toHead = false): Reading {
  const seen = { interim: [] as number[], status: null as number | null, fields: [] as readonly string[] };
  let keepAlive = false;
  let body = '';
  let trailers: readonly string[] | null = null;
  let broken: string | null = null;
  const parser = new AnswerParser();
  const sink: AnswerSink = {
    answerHead: (head) => {
      if (head.status < 200 && head.status !== 101) seen.interim.push(head.status);
      else {
        seen.status = head.status;
        seen.fields = head.fields;
        keepAlive = head.keepAlive;
      }
    },
    answerData: (bytes) => {
      body += bytes.toString('latin1');
    },
    answerEnd: (each) => {
      trailers = each;
    },
    answerInvalid: (code) => {
      broken = code;
    },
  };
  parser.begin(sink, toHead);
  for (const part of parts) parser.read(part);
  const end = parser.end();
  return { ...seen, keepAlive, body, trailers, invalid: broken, excess: parser.excess, end };
}

export const latin1 = (text: string) => Buffer.from(text, 'latin1');
export const readText = (text: string, toHead = false) => read([latin1(text)], toHead);
