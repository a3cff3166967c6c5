import { runScenario } from './run-scenario.ts';
import { SCENARIOS } from './scenarios.ts';

await runScenario(SCENARIOS);
