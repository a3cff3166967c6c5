import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { installed } from './peer-installed.ts';
import type { Owner } from './peer-owner.ts';
import { PeerProcess } from './peer-process.ts';
import { retry, startPeer } from './peer-start.ts';

export const PROMETHEUS = installed('prometheus');
export const PROMTOOL = installed('promtool');

/** How often it scrapes and evaluates: rules are written for 15 seconds, and pass sixty times as fast. */
const STEP_MS = 500;
/** A busy machine scrapes late: an answer is asked for during most of a minute. */
const QUERY_EVERY_MS = 100;
const MOST_QUERIES = 500;

/** An alert that is pending or fires. */
export interface FiredAlert {
  readonly labels: { readonly [label: string]: string };
  readonly state: 'pending' | 'firing';
}

export interface Sample {
  readonly labels: { readonly [label: string]: string };
  readonly value: number;
}

export interface ScrapeJob {
  readonly job: string;
  /** Ports of 127.0.0.1. */
  readonly ports: readonly number[];
  readonly intervalMs?: number;
}

/** Durations of rules, of minutes and hours alone, as a clock has them that is sixty times as fast. */
export function hasten(rules: string): string {
  return rules.replace(/\b(\d+)([mh])\b/g, (_, count, unit) => `${Number(count) * (unit === 'h' ? 60 : 1)}s`);
}

/** A Prometheus that a test runs, by its HTTP API. */
export class Prometheus {
  readonly #url: string;

  private constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}`;
  }

  /** Scrapes these, and evaluates the rules by a clock that is sixty times as fast. */
  static async start(owner: Owner, jobs: readonly ScrapeJob[], rules: string): Promise<Prometheus> {
    let prometheus: Prometheus | null = null;
    await startPeer(owner, {
      ports: 1,
      launch: async ([port], folder) => {
        prometheus = new Prometheus(port!);
        await writeFile(join(folder, 'rules.yaml'), hasten(rules));
        // JSON is YAML.
        await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(configOf(jobs)));
        return new PeerProcess(PROMETHEUS.command, [
          `--config.file=${join(folder, 'prometheus.yml')}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--log.level=warn',
        ]);
      },
      isReady: (process) => retry(() => prometheus!.#get('/api/v1/status/runtimeinfo'), process),
    });
    return prometheus!;
  }

  /** The series that an expression gives now, with their values. Rejects where it cannot be parsed. */
  async query(expr: string): Promise<readonly Sample[]> {
    const { result } = (await this.#get(`/api/v1/query?query=${encodeURIComponent(expr)}`)) as {
      result: readonly { readonly metric: Sample['labels']; readonly value: readonly [number, string] }[];
    };
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** The alerts that are pending or firing now. */
  async alerts(): Promise<readonly FiredAlert[]> {
    return ((await this.#get('/api/v1/alerts')) as { alerts: readonly FiredAlert[] }).alerts;
  }

  /** Asks until the answer is the right one. */
  async until(expr: string, isRight: (samples: readonly Sample[]) => boolean): Promise<readonly Sample[]> {
    for (let tried = 1; ; tried++) {
      const samples = await this.query(expr);
      if (isRight(samples)) return samples;
      if (tried === MOST_QUERIES) throw new Error(`${expr}: ${JSON.stringify(samples)}`);
      await pause(QUERY_EVERY_MS);
    }
  }

  async #get(path: string): Promise<unknown> {
    const { status, data, error } = (await (await fetch(this.#url + path)).json()) as {
      readonly status: string;
      readonly data: unknown;
      readonly error?: string;
    };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  }
}

function configOf(jobs: readonly ScrapeJob[]) {
  return {
    global: { evaluation_interval: `${STEP_MS}ms` },
    rule_files: ['rules.yaml'],
    scrape_configs: jobs.map(({ job, ports, intervalMs = STEP_MS }) => ({
      job_name: job,
      scrape_interval: `${intervalMs}ms`,
      scrape_timeout: `${intervalMs}ms`,
      static_configs: [{ targets: ports.map((port) => `127.0.0.1:${port}`) }],
    })),
  };
}
