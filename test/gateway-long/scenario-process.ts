import { successorWithoutApi } from '../e2e/gateway/process-scenarios.ts';
import { runScenario } from '../e2e/gateway/run-scenario.ts';
import * as scenarios from './long-scenarios.ts';

await runScenario({ ...scenarios, successorWithoutApi });
