import test from 'ava';
import { testSeeds } from './test-seeds.ts';

// Half of the seeds, so that two files run beside each other.
testSeeds(test, 0, 500);
