// Before every file: property tests draw from the seed of the run, so that what fails once fails again.
import fc from 'fast-check';
import { SEED } from './random.ts';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED });
