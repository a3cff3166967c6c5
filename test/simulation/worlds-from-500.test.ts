import test from 'ava';
import { testSeeds } from './test-seeds.ts';

testSeeds(test, 500, 500);
