import type { SessionRecord } from '../../src/plan/observer.ts';

/** The record of a session that ended normally, with the fields that a test replaces. */
export function sessionRecord(parts: Partial<SessionRecord> = {}): SessionRecord {
  return {
    listener: 'edge',
    session: 'w1-1',
    client: '203.0.113.7:51234',
    via: null,
    endpoint: '10.0.0.1:80',
    reason: 'client_closed',
    detail: null,
    at: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    ms: 12.3456789,
    headerMs: null,
    connectMs: 1.5,
    attempts: 1,
    bytesToEndpoint: 100,
    bytesToClient: 2000,
    header: 0,
    tlvs: [],
    firstBytes: null,
    ...parts,
  };
}
