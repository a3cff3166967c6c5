import type { Engine } from '../../plan/engine.ts';
import { MainThreadEngine, type MainThreadOptions } from '../main-thread/main-thread-engine.ts';
import { HTTP_ABILITIES } from './http-abilities.ts';
import { serveHttp } from './serve-http.ts';

/** The engine of `--present forwarded`: HTTP/1.1 on `node:http`, in the thread that called. */
export function createHttpEngine(options: MainThreadOptions): Engine {
  return new MainThreadEngine(HTTP_ABILITIES, serveHttp, options);
}
