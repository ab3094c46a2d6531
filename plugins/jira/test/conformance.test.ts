// What `jackfield-plugin conformance` says of this plugin: some ten seconds of CPU.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runConformance } from '@jackfield/sdk/testing';
import setup from './conformance.ts';

test.runIf(process.env['JACKFIELD_TEST_SCALE'] === 'full')(
  'the plugin is gold, and skips nothing',
  async () => {
    const report = await runConformance(join(import.meta.dirname, '..'), setup);
    expect(report.items.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(report.grade).toBe('gold');
  },
  300_000,
);
