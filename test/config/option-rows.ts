import test from 'ava';
import type { ListenerOptions } from '../../src/config/config.ts';
import { linesOf } from './problems-of.ts';
import { listenerOf } from './read-flags.ts';

/** For some options: texts with the values that they are read as, and texts with the line that refuses them. */
export type OptionRows<Keys extends keyof ListenerOptions> = {
  readonly [Key in Keys]: {
    readonly good: readonly (readonly [text: string, value: ListenerOptions[Key]])[];
    readonly bad: readonly (readonly [text: string, line: string])[];
  };
};

/** What an option needs beside it to do anything. */
const BESIDE: { readonly [key: string]: { readonly [key: string]: string } } = {
  allowLocalClients: { present: 'transparent', to: '127.0.0.1:80' },
  hops: { present: 'transparent', to: 'k8s:shop/web:80', nodeName: 'node-a' },
  forwardedTrust: { present: 'forwarded' },
};

/** Two tests for each option. Sidecar: headers are expected. */
export function testRows(rows: Partial<OptionRows<keyof ListenerOptions>>): void {
  for (const [key, { good, bad }] of Object.entries(rows)) {
    test(`${key} reads what is right`, (t) => {
      t.true(good.length > 0 || key === 'endpointCidrs');
      for (const [text, value] of good) {
        t.deepEqual(
          listenerOf('sidecar', { ...BESIDE[key], [key]: text })[key as keyof ListenerOptions],
          value as never,
        );
      }
    });
    test(`${key} refuses what is wrong, in one line`, (t) => {
      t.true(bad.length > 0);
      for (const [text, line] of bad)
        t.deepEqual(
          linesOf(() => listenerOf('sidecar', { ...BESIDE[key], [key]: text })),
          [line],
        );
    });
  }
}
