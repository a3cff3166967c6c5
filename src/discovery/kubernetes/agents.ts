import { X509Certificate } from 'node:crypto';
import { Agent as PlainAgent } from 'node:http';
import { type AgentOptions, Agent as TlsAgent } from 'node:https';
import type { Files } from '../files.ts';
import type { KubernetesAccess, Material } from './access.ts';

/** The connections to one API server. */
export interface Agents {
  /** The agent for the next request: another one once a certificate in a file has changed. */
  current(): PlainAgent;
  /** Closes every connection. */
  stop(): void;
}

/** One is in use by a watch for minutes; one or two more carry lists. */
const MAX_IDLE = 2;
const KEEP = { keepAlive: true, maxFreeSockets: MAX_IDLE };

export function createAgents(access: KubernetesAccess, files: Files): Agents {
  if (access.url.protocol === 'http:') {
    const agent = new PlainAgent(KEEP);
    return { current: () => agent, stop: () => agent.destroy() };
  }
  const ca = watchText(access.ca, files, isCertificate);
  const certificate = watchText(access.certificate, files, isCertificate);
  const key = watchText(access.key, files, (text) => text.includes('PRIVATE KEY'));
  const readAll = () => [ca, certificate, key].map((read) => read());
  const open = new Set<TlsAgent>();
  let agent: TlsAgent | null = null;
  let made: readonly (string | undefined)[] = [];
  return {
    current() {
      const texts = readAll();
      if (agent !== null && texts.every((text, at) => text === made[at])) return agent;
      if (agent !== null) retire(agent);
      made = texts;
      agent = new TlsAgent({ ...KEEP, ...tlsOptions(access, texts) });
      open.add(agent);
      return agent;
    },
    stop() {
      for (const each of open) each.destroy();
      open.clear();
    },
  };
}

function tlsOptions(
  { serverName, insecure }: KubernetesAccess,
  [ca, cert, key]: readonly (string | undefined)[],
): AgentOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === null ? {} : { servername: serverName }),
    rejectUnauthorized: !insecure,
  };
}

/** A watch that runs on an old connection goes on: what it was told was true when it began. */
function retire(agent: TlsAgent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets))
    for (const socket of sockets ?? []) socket.destroy();
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
