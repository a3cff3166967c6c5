import { bytesText, durationText } from './units-text.ts';

/** A line of the log as pino wrote it. */
interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly listener?: unknown;
  readonly [field: string]: unknown;
}

/** What has a place of its own in front of the fields. */
const ALWAYS = ['level', 'time', 'msg', 'listener'];
/** Of a session: what the line says in its own way, and what is for machines, who read JSON. */
const OF_SESSION = [
  ...['client', 'endpoint', 'reason', 'ms', 'bytesToEndpoint', 'bytesToClient'],
  ...['session', 'headerMs', 'connectMs', 'header'],
];
const OF_LISTENER = ['address', 'to', 'toMore', 'expect', 'present', 'engine', 'threads'];
/** So many endpoints stand in the line of a listener; the others are counted. */
const SHOWN_ENDPOINTS = 3;

type Paint = (text: string) => string;

/**
 * One line for a person, out of one of JSON: time, listener, what happened, and every other field as key=value. Null
 * for a line that says nothing new there. Whatever a field holds, the line stays one line and drives no terminal.
 */
export function createTextFormat(colour: boolean): (json: string) => string | null {
  const paint = (code: number, end: number): Paint =>
    colour ? (text) => `\u001b[${code}m${text}\u001b[${end}m` : (text) => text;
  const [dim, cyan] = [paint(2, 22), paint(36, 39)];
  const levels: { readonly [level: string]: Paint } = {
    debug: dim,
    warn: paint(33, 39),
    error: paint(31, 39),
  };
  return (json) => {
    const line: Line = { msg: '', ...JSON.parse(json) };
    // `listening` has it.
    if (line.msg.startsWith('served by ') && 'engine' in line) return null;
    const level = levels[line.level];
    const listener = typeof line.listener === 'string' ? [cyan(safe(line.listener))] : [];
    const [said, told] = sayLine(line);
    const fields = Object.entries(line)
      .filter(([key]) => !ALWAYS.includes(key) && !told.includes(key))
      .flatMap(([key, value]) => (key === 'tlvs' ? tlvFields(value) : [[key, value] as const]))
      .map(([key, value]) => `${dim(`${safe(key)}=`)}${fieldText(value)}`);
    const parts = [...listener, ...said, ...(fields.length > 0 ? [fields.join(' ')] : [])];
    const word = level === undefined ? '' : `${level(line.level.toUpperCase())} `;
    return `${dim(timeText(line.time))} ${word}${parts.join('  ')}\n`;
  };
}

/** The parts of what happened, and the fields that they tell. */
function sayLine(line: Line): readonly [parts: readonly string[], told: readonly string[]] {
  if (typeof line.reason === 'string' && typeof line.ms === 'number')
    return [sessionParts(line), toldOfSession(line)];
  if (line.msg === 'listening' && typeof line.to === 'string') return [listenerParts(line), OF_LISTENER];
  return [[safe(line.msg)], []];
}

/** `203.0.113.7 → 10.0.0.5:8443  endpoint_closed  1.2 s  ↑ 3 kB ↓ 88 kB` */
function sessionParts({ client, endpoint, reason, ms, bytesToEndpoint, bytesToClient }: Line): string[] {
  const from = typeof client === 'string' ? withoutPort(safe(client)) : '-';
  const ends = typeof endpoint === 'string' ? `${from} → ${safe(endpoint)}` : from;
  const moved = Number(bytesToEndpoint ?? 0) + Number(bytesToClient ?? 0) > 0;
  return [
    ends,
    safe(String(reason)),
    durationText(Number(ms)),
    ...(moved
      ? [`↑ ${bytesText(Number(bytesToEndpoint ?? 0))} ↓ ${bytesText(Number(bytesToClient ?? 0))}`]
      : []),
  ];
}

/** One attempt is what everybody expects. */
function toldOfSession({ attempts }: Line): readonly string[] {
  return attempts === 0 || attempts === 1 ? [...OF_SESSION, 'attempts'] : OF_SESSION;
}

/** `:8443 → k8s:shop/web:https  expect none, present v2, epoll × 2` */
function listenerParts({ address, to, toMore, expect, present, engine, threads }: Line): string[] {
  const names = String(to).split(',');
  const more = names.length - SHOWN_ENDPOINTS + Number(toMore ?? 0);
  const shown = names.slice(0, SHOWN_ENDPOINTS).join(',') + (more > 0 ? ` and ${more} more` : '');
  const workers = typeof threads === 'number' ? ` × ${threads}` : '';
  return [
    `${safe(String(address))} → ${safe(shown)}`,
    safe(`expect ${expect}, present ${present}, ${engine}${workers}`),
  ];
}

/** TLVs of a session, each as a field under its own name. */
function tlvFields(tlvs: unknown): (readonly [key: string, value: unknown])[] {
  if (!Array.isArray(tlvs)) return [['tlvs', tlvs]];
  return tlvs.map((tlv) => {
    const { name, text } = (tlv ?? {}) as { readonly name?: unknown; readonly text?: unknown };
    return typeof name === 'string' ? [name, text] : ['tlvs', tlv];
  });
}

/** The address of a client says who it is; its port is for machines. */
function withoutPort(client: string): string {
  return /^\[(.+)\]:\d+$/.exec(client)?.[1] ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(client)?.[1] ?? client;
}

function timeText(time: string): string {
  const at = new Date(time);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** A value that is one word stands as it is, any other as JSON; an error is its stack. */
function fieldText(value: unknown): string {
  if (Array.isArray(value) && value.length > 0 && value.every(isWord)) return value.join(',');
  if (isWord(value)) return value;
  const { stack } = (value ?? {}) as { stack?: unknown };
  return safe(JSON.stringify(typeof stack === 'string' ? stack : value));
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[^\s"=,\\{}[\]]+$/.test(value) && safe(value) === value;
}

/** Control characters, line separators, what reorders text and what shows nothing. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function safe(text: string): string {
  return text.replace(UNSAFE, (char) => {
    const code = char.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
  });
}
