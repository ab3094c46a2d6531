// The files of a new package that say what it is made of.
import { readFileSync } from 'node:fs';
import { sdkVersion } from '../../../build/sdk-version.ts';
import type { Answers } from '../answers.ts';

const own: { devDependencies: Record<string, string> } = JSON.parse(
  readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'),
);

export function packageJson({ displayName, packageName, licence }: Answers): string {
  return json({
    name: packageName,
    version: '0.1.0',
    description: `${displayName} for Jackfield.`,
    license: licence,
    keywords: ['jackfield-plugin'],
    files: ['dist', 'conformance.json'],
    type: 'module',
    jackfield: './dist/plugin.json',
    scripts: {
      dev: 'jackfield-plugin dev',
      test: 'jackfield-plugin test',
      types: 'tsc',
      validate: 'jackfield-plugin validate',
      conformance: 'jackfield-plugin conformance',
      build: 'jackfield-plugin build',
    },
    devDependencies: {
      '@jackfield/host': sdkVersion,
      '@jackfield/sdk': sdkVersion,
      '@types/node': own.devDependencies['@types/node'],
      typescript: own.devDependencies['typescript'],
    },
    engines: { node: '>=26' },
  });
}

export function tsconfig(): string {
  return json({
    compilerOptions: {
      target: 'es2024',
      lib: ['es2025', 'esnext.disposable'],
      module: 'nodenext',
      types: ['node'],
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      verbatimModuleSyntax: true,
      erasableSyntaxOnly: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      noEmit: true,
    },
    include: ['src', 'test', 'simulator'],
  });
}

export function gitignore(): string {
  return ['node_modules/', 'dist/', '.jackfield/', 'conformance.json', '*.tgz', ''].join('\n');
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
