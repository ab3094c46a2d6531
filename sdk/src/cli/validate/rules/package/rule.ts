import { error, type Finding, type Rule } from '../../rule.ts';
import type { Subject } from '../../subject.ts';

/** npm runs these on whoever installs the package. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];

/** What lets a host find the package, and install it without running or fetching anything else. */
export const packageFile: Rule = {
  id: 'package',
  asks: 'package.json says that this is a plugin, publishes `dist`, and installs nothing',
  check: (subject) => [...findingsOf(subject)],
};

function* findingsOf({ packageJson }: Subject): Iterable<Finding> {
  if (packageJson === undefined) return;
  const { keywords, jackfield, files, dependencies, scripts } = packageJson.value;
  const at = (pointer: string, message: string): Finding => ({
    ...error(packageJson.placeOf(pointer), message),
    pointer,
  });
  if (!Array.isArray(keywords) || !keywords.includes('jackfield-plugin')) {
    yield at('/keywords', 'must contain "jackfield-plugin"');
  }
  if (jackfield !== './dist/plugin.json') yield at('/jackfield', 'must be "./dist/plugin.json"');
  if (!Array.isArray(files) || !files.some((file) => typeof file === 'string' && /^(\.\/)?dist(\/|$)/.test(file))) {
    yield at('/files', 'must contain "dist": npm leaves out what .gitignore names');
  }
  for (const name of Object.keys(asObject(dependencies))) {
    yield at(
      `/dependencies/${pointerStep(name)}`,
      'belongs to devDependencies: the bundle holds it, and a host installs nothing',
    );
  }
  for (const name of INSTALL_SCRIPTS.filter((script) => script in asObject(scripts))) {
    yield at(`/scripts/${name}`, 'is never run by a host, and runs on everybody else who installs the package');
  }
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function pointerStep(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
