import { X509Certificate } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import type { DiscoveryClock } from '../clock.ts';
import type { Files } from '../files.ts';
import type { KubernetesAccess, Material } from './access.ts';

/** Who we are, to the API. */
export interface Token {
  /** The token of this moment; null where there is none to be had. */
  current(): string | null;
  /** The API did not take it (W8): the file is read again at the next request. */
  expire(): void;
}

/** 50 s = 60 s, in which a rotated token must be taken up, − 10 s of leeway. */
const READ_AGAIN_MS = 50_000;

/** A token that stands in a file is read again: the kubelet swaps it long before it ends. */
export function createToken(material: Material, files: Files, clock: DiscoveryClock): Token {
  if ('text' in material) return { current: () => material.text, expire() {} };
  let token: string | null = null;
  let readAgainAt = Number.NEGATIVE_INFINITY;
  return {
    current() {
      if (clock.now() < readAgainAt) return token;
      const text = files.read(material.file)?.trim() ?? '';
      // Empty, or something that no header can hold: the one before may still be good.
      if (isToken(text)) token = text;
      if (token !== null) readAgainAt = clock.now() + READ_AGAIN_MS;
      return token;
    },
    expire() {
      readAgainAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** Whether it can stand in a header: printable ASCII without blanks. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/**
 * The TLS of the next connection, by what the files hold now: the same object as before while nothing has changed.
 * null where the API is reached in the clear.
 */
export type TlsMaterial = () => ConnectionOptions | null;

export function createTlsMaterial(access: KubernetesAccess, files: Files): TlsMaterial {
  if (access.url.protocol === 'http:') return () => null;
  const ca = watchText(access.ca, files, isCertificate);
  const certificate = watchText(access.certificate, files, isCertificate);
  const key = watchText(access.key, files, (text) => text.includes('PRIVATE KEY'));
  let texts: readonly (string | undefined)[] = [];
  let options: ConnectionOptions | null = null;
  return () => {
    const now = [ca(), certificate(), key()];
    if (options !== null && now.every((text, at) => text === texts[at])) return options;
    texts = now;
    options = tlsOptions(access, now);
    return options;
  };
}

function tlsOptions(
  { serverName, insecure }: KubernetesAccess,
  [ca, cert, key]: readonly (string | undefined)[],
): ConnectionOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === null ? {} : { servername: serverName }),
    rejectUnauthorized: !insecure,
  };
}

/**
 * Reads the text again whenever its file has another time of change: links are swapped, which the notifications of
 * the kernel miss. What can't be read, or is no good, leaves the text before.
 */
function watchText(
  material: Material | null,
  files: Files,
  isGood: (text: string) => boolean,
): () => string | undefined {
  if (material === null) return () => undefined;
  if ('text' in material) return () => material.text;
  let text: string | undefined;
  let modifiedMs: number | undefined;
  return () => {
    const now = files.modifiedMs(material.file);
    if (text !== undefined && (now === undefined || now === modifiedMs)) return text;
    const read = files.read(material.file);
    if (read !== undefined && isGood(read)) {
      text = read;
      modifiedMs = now;
    }
    return text;
  };
}

/** Whether the first certificate of the text can be read. */
export function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).subject !== undefined;
  } catch {
    return false;
  }
}
