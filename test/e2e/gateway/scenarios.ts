import * as api from './api-scenarios.ts';
import * as conformanceClass from './conformance-class-scenarios.ts';
import * as conformanceGateway from './conformance-gateway-scenarios.ts';
import * as conformanceTcp from './conformance-tcp-scenarios.ts';
import * as many from './many-scenarios.ts';
import * as ports from './port-scenarios.ts';
import * as processes from './process-scenarios.ts';
import * as restarts from './restart-scenarios.ts';
import * as rights from './rights-scenarios.ts';
import * as routes from './route-scenarios.ts';
import type { Scenario } from './run-scenario.ts';
import * as services from './service-scenarios.ts';
import * as statuses from './status-scenarios.ts';
import * as transparents from './transparent-scenarios.ts';

/** By name: the exported functions of all files. */
export const SCENARIOS: { readonly [name: string]: Scenario } = {
  ...api,
  ...conformanceClass,
  ...conformanceGateway,
  ...conformanceTcp,
  ...many,
  ...ports,
  ...processes,
  ...restarts,
  ...rights,
  ...routes,
  ...services,
  ...statuses,
  ...transparents,
};
