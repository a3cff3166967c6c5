/** One interval of a run, as the page draws it. Times in microseconds; null if there were too few samples. */
interface PagePoint {
  readonly seconds: number;
  readonly perSecond: number;
  readonly errorsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

interface PageStep {
  readonly rate: number;
  readonly latency: {
    readonly total: {
      readonly p50: number | null;
      readonly p95: number | null;
      readonly p99: number | null;
    } | null;
  };
}

/** The figures of one way that the page draws. */
export interface PagePart {
  readonly series: readonly PagePoint[];
  readonly curve: readonly (readonly [percentile: number, us: number])[];
  readonly latency: { readonly total: { readonly count: number } | null };
}

/**
 * What the page's code reads of a result. It imports nothing, so that the browser's code can be compiled without the
 * types of Node, which `LoadResult` leads to; `createReport` holds the two to each other.
 */
export interface PageData extends PagePart {
  readonly asked: { readonly rate: number | 'max' | null };
  readonly direct?: PagePart;
  readonly found?: { readonly steps: readonly PageStep[] };
  readonly ramp?: { readonly steps: readonly PageStep[] };
}
