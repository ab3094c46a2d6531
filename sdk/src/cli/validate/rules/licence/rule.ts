import parse from 'spdx-expression-parse';
import { error, warning, type Rule } from '../../rule.ts';

const FILE = /^(licen[cs]e|copying)(\.|$)/i;

/** Whoever installs it must know what they may do with it. */
export const licence: Rule = {
  id: 'licence',
  asks: 'package.json names a licence by its SPDX name, and its text is there',
  async check({ packageJson, list }) {
    if (packageJson === undefined) return [];
    const { license } = packageJson.value;
    const place = packageJson.placeOf('/license');
    if (typeof license !== 'string')
      return [{ ...error(place, 'must name a licence, such as "Apache-2.0"'), pointer: '/license' }];
    // npm's own words for "all rights reserved" and "look there".
    if (license === 'UNLICENSED' || license.startsWith('SEE LICENSE IN ')) return [];
    if (!isSpdx(license)) {
      const message = `${JSON.stringify(license)} is no SPDX licence; "UNLICENSED" says that there is none`;
      return [{ ...error(place, message), pointer: '/license' }];
    }
    const names = await list('.');
    return names.some((name) => FILE.test(name))
      ? []
      : [warning({ file: 'LICENSE' }, `is missing: put the text of ${license} there`)];
  },
};

function isSpdx(text: string): boolean {
  try {
    return parse(text) !== undefined;
  } catch {
    return false;
  }
}
