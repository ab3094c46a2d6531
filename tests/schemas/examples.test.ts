import { validateHostManifest, validatePluginManifest } from '@jackfield/schemas';
import { describe, expect, it } from 'vitest';
import { readSchema, schemaFiles, validatorOf } from './schemas.ts';

describe.each(schemaFiles)('%s', (file) => {
  const { $id, examples } = readSchema(file);

  it('is published under its own name and has examples', () => {
    expect($id).toBe(`https://jackfield.dev/schemas/${file}`);
    expect(examples.length).toBeGreaterThan(0);
  });

  it.each(examples.map((example, index) => [index, example] as const))('accepts its example %i', (_index, example) => {
    const fits = validatorOf(file);
    expect(fits(example), JSON.stringify(fits.errors)).toBe(true);
  });

  it.each(examples.map((example, index) => [index, example] as const))(
    'does not accept example %i with a member nobody declared',
    (_index, example) => {
      expect(validatorOf(file)({ ...example, surprise: 1 })).toBe(false);
    },
  );
});

describe('the rules beyond the schemas', () => {
  it('accept every example of a plugin manifest', () => {
    for (const example of readSchema('plugin-manifest.schema.json').examples) {
      expect(validatePluginManifest(example)).toEqual([]);
    }
  });

  it('accept every example of a host manifest', () => {
    for (const example of readSchema('host-manifest.schema.json').examples) {
      expect(validateHostManifest(example)).toEqual([]);
    }
  });
});
