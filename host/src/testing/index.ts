export { openBench } from './bench.ts';
