import { X509Certificate } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import type { DiscoveryClock } from '../discovery-clock.ts';
import type { Files } from '../files.ts';
import type { KubernetesAccess, Material } from './access.ts';

// What is shown to the API, and what its certificate is checked against. Files are read again, because they are rotated.

/** The bearer token for the API. */
export interface Token {
  /** The current token; null if none can be read. */
  current(): string | null;
  /** The API has rejected the token (W8): the file is read again at the next request. */
  expire(): void;
}

/** 50 s = 60 s, within which a rotated token must be used, − 10 s of margin. */
const READ_AGAIN_MS = 50_000;

/** A token from a file is read again periodically: the kubelet replaces it long before it expires. */
export function createToken(material: Material, files: Files, clock: DiscoveryClock): Token {
  if ('text' in material) return { current: () => material.text, expire() {} };
  let token: string | null = null;
  let readAgainAt = Number.NEGATIVE_INFINITY;
  return {
    current() {
      if (clock.now() < readAgainAt) return token;
      const text = files.read(material.file)?.trim() ?? '';
      // If the file is empty or not a token, the previous token may still be valid.
      if (isToken(text)) token = text;
      if (token !== null) readAgainAt = clock.now() + READ_AGAIN_MS;
      return token;
    },
    expire() {
      readAgainAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** Whether the text can be sent in a header: printable ASCII without blanks. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/**
 * Returns the TLS options of the next connection by the current content of the files. It returns the same object as long
 * as nothing has changed, and null if the API is reached without TLS.
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
 * Reads the text again when the modification time of its file has changed. (Kubernetes replaces symbolic links, which
 * inotify on the file misses.) If the file cannot be read or is invalid, the previous text is kept.
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

/** Whether the text begins with a valid PEM certificate. */
export function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).subject !== undefined;
  } catch {
    return false;
  }
}
