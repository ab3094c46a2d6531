// Writes schemas/src/generated.ts from the JSON Schemas; with --check it only says whether that file is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, type JSONSchema } from 'json-schema-to-typescript';

const folder = join(import.meta.dirname, '../schemas');
const target = join(folder, 'src/generated.ts');
const names = ['plugin-manifest', 'host-manifest', 'query-result', 'problem', 'cassette', 'conformance-report'];

const read = (name: string): JSONSchema => JSON.parse(readFileSync(join(folder, `${name}.schema.json`), 'utf8'));

/** The generator knows nothing of `$id`: references between files become the names of types made from those files. */
function forGenerator(name: string): JSONSchema {
  const { $id: _id, examples: _examples, ...schema } = read(name) as Record<string, unknown>;
  const text = JSON.stringify(schema)
    .replaceAll('{"$ref":"plugin-manifest.schema.json#/$defs/column"}', '{"tsType":"Column"}')
    .replaceAll('{"$ref":"problem.schema.json"}', '{"tsType":"Problem"}');
  return JSON.parse(text);
}

const parts: string[] = [];
for (const name of names) {
  parts.push(
    await compile(forGenerator(name), name, {
      cwd: folder,
      bannerComment: '',
      additionalProperties: false,
      ignoreMinAndMaxItems: true,
    }),
  );
}
const text = `// Generated from schemas/*.schema.json by \`npm run generate\`. Do not edit.\n${parts.join('\n')}`;

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    process.stderr.write('schemas/src/generated.ts is stale: run `npm run generate` and commit the result\n');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
