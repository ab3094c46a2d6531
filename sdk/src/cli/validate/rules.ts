// The rules, in the order in which their findings are shown.
import type { Rule } from './rule.ts';
import { build } from './rules/build/rule.ts';
import { builtins } from './rules/builtins/rule.ts';
import { bundleSize } from './rules/bundle-size/rule.ts';
import { cassettes } from './rules/cassettes/rule.ts';
import { hostRange } from './rules/host-range/rule.ts';
import { icon } from './rules/icon/rule.ts';
import { licence } from './rules/licence/rule.ts';
import { objectSchemas } from './rules/object-schemas/rule.ts';
import { packageFile } from './rules/package/rule.ts';
import { permissions } from './rules/permissions/rule.ts';
import { readme } from './rules/readme/rule.ts';
import { redos } from './rules/redos/rule.ts';
import { schema } from './rules/schema/rule.ts';
import { secretFields } from './rules/secret-fields/rule.ts';
import { secrets } from './rules/secrets/rule.ts';

export const rules: readonly Rule[] = [
  packageFile,
  build,
  schema,
  objectSchemas,
  permissions,
  hostRange,
  builtins,
  secretFields,
  secrets,
  cassettes,
  redos,
  icon,
  bundleSize,
  licence,
  readme,
];
