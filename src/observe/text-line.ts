/** A log line as pino wrote it. */
interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly listener?: unknown;
  readonly [field: string]: unknown;
}

/** Fields with a place of their own at the start of the line. */
const ALWAYS = ['level', 'time', 'msg', 'listener'];
/** Fields of a session that the line shows in its own form, and those that only the JSON has. */
const OF_SESSION = [
  ...['client', 'endpoint', 'reason', 'ms', 'bytesToEndpoint', 'bytesToClient'],
  ...['session', 'headerMs', 'connectMs', 'header'],
];
const OF_LISTENER = ['address', 'to', 'toMore', 'expect', 'present', 'engine', 'threads'];
const OF_DRAIN = ['isTakenOver', 'sessions', 'delayMs', 'timeoutMs'];
/** How many endpoints the line of a listener names; the others are counted. */
const SHOWN_ENDPOINTS = 3;

type Paint = (text: string) => string;

/**
 * Turns one line of JSON into one line that a person reads: time, listener, what happened, and every other field as
 * key=value. Returns null for a line that would repeat another. Control characters of any field are escaped, so the result is
 * one line and cannot drive a terminal.
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
    // The line `listening` shows it.
    if (line.msg.startsWith('served by ') && 'engine' in line) return null;
    const level = levels[line.level];
    const listener = typeof line.listener === 'string' ? [cyan(safe(line.listener))] : [];
    const [parts, shown] = describe(line);
    const fields = Object.entries(line)
      .filter(([key]) => !ALWAYS.includes(key) && !shown.includes(key))
      .flatMap(([key, value]) => (key === 'tlvs' ? tlvFields(value) : [[key, value] as const]))
      .map(([key, value]) => `${dim(`${safe(key)}=`)}${fieldText(value)}`);
    const all = [...listener, ...parts, ...(fields.length > 0 ? [fields.join(' ')] : [])];
    const word = level === undefined ? '' : `${level(line.level.toUpperCase())} `;
    return `${dim(timeText(line.time))} ${word}${all.join('  ')}\n`;
  };
}

/** What happened, in parts, and the names of the fields that those parts show. */
function describe(line: Line): readonly [parts: readonly string[], shown: readonly string[]] {
  if (typeof line.reason === 'string' && typeof line.ms === 'number')
    return [sessionParts(line), shownOfSession(line)];
  if (line.msg === 'draining' && typeof line.timeoutMs === 'number') return [[drainText(line)], OF_DRAIN];
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

/** One attempt is the normal case, and is not shown. */
function shownOfSession({ attempts }: Line): readonly string[] {
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

/**
 * `draining: 3 sessions, at most 8 s; a second Ctrl-C ends them at once`. After a take-over nobody has pressed it a first time,
 * and it would end the successor as well.
 */
function drainText({ isTakenOver, sessions, delayMs, timeoutMs }: Line): string {
  const [count, delay, timeout] = [Number(sessions), Number(delayMs), Number(timeoutMs)];
  const which = count === 0 ? 'no session' : count === 1 ? '1 session' : `${count} sessions`;
  const accepts = delay > 0 ? `, clients are accepted for another ${durationText(delay)}` : '';
  const limit = `${delay > 0 ? 'then ' : ''}${timeout > 0 ? `at most ${durationText(timeout)}` : 'without a time limit'}`;
  const waits = count > 0 || delay > 0;
  const end = count === 1 ? 'it' : count > 1 ? 'them' : 'Herald';
  const advice = isTakenOver === true ? '' : `; a second Ctrl-C ends ${end} at once`;
  return `draining: ${which}${accepts}${waits ? `, ${limit}${advice}` : ''}`;
}

/** The TLVs of a session, each as a field of its own name. */
function tlvFields(tlvs: unknown): (readonly [key: string, value: unknown])[] {
  if (!Array.isArray(tlvs)) return [['tlvs', tlvs]];
  return tlvs.map((tlv) => {
    const { name, text } = (tlv ?? {}) as { readonly name?: unknown; readonly text?: unknown };
    return typeof name === 'string' ? [name, text] : ['tlvs', tlv];
  });
}

/** A client is shown without its port, which only the JSON has. */
function withoutPort(client: string): string {
  return /^\[(.+)\]:\d+$/.exec(client)?.[1] ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(client)?.[1] ?? client;
}

function timeText(time: string): string {
  const at = new Date(time);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** One word is shown as it is, any other value as JSON, an error as its stack. */
function fieldText(value: unknown): string {
  if (Array.isArray(value) && value.length > 0 && value.every(isWord)) return value.join(',');
  if (isWord(value)) return value;
  const { stack } = (value ?? {}) as { stack?: unknown };
  return safe(JSON.stringify(typeof stack === 'string' ? stack : value));
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[^\s"=,\\{}[\]]+$/.test(value) && safe(value) === value;
}

/** Control characters, line separators, and characters that reorder text or are invisible. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function safe(text: string): string {
  return text.replace(UNSAFE, (char) => {
    const code = char.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
  });
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** 0.4 → `0.4 ms`, 1234 → `1.2 s`, 185_000 → `3 m 5 s`, 7_500_000 → `2 h 5 m`. */
export function durationText(ms: number): string {
  if (ms < 999.5) return `${short(ms)} ms`;
  if (ms < MINUTE_MS - 500) return `${short(ms / 1000)} s`;
  if (ms < HOUR_MS - 500) return twoUnits(Math.round(ms / 1000), 'm', 's');
  return twoUnits(Math.round(ms / MINUTE_MS), 'h', 'm');
}

/** 999 → `999 B`, 3000 → `3 kB`, 1_250_000 → `1.3 MB`. */
export function bytesText(bytes: number): string {
  let at = 0;
  let amount = bytes;
  // 999.5 and not 1000, because rounding would show 1000.
  while (amount >= 999.5 && at < BYTE_UNITS.length - 1) {
    amount /= 1000;
    at++;
  }
  return `${short(amount)} ${BYTE_UNITS[at]}`;
}

/** At least two significant digits, if there are two. */
function short(amount: number): string {
  return amount < 9.95 ? String(Math.round(amount * 10) / 10) : String(Math.round(amount));
}

function twoUnits(amount: number, large: string, small: string): string {
  return `${Math.floor(amount / 60)} ${large} ${amount % 60} ${small}`;
}
