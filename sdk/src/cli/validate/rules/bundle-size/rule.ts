import { error, warning, type Rule } from '../../rule.ts';

/** A host takes no more: `bundleBytes` of its limits. */
const MOST = 20_000_000;
/** Every thread parses it before it serves anything: 1 MB takes some 20 ms, and 10 MB of memory. */
const LARGE = 1_000_000;
/** Parts that are worth naming: a tenth of it. */
const SHARE = 0.1;

export const bundleSize: Rule = {
  id: 'bundle-size',
  asks: `the bundle has at most ${MOST / 1e6} MB, better below ${LARGE / 1e6}`,
  check({ bundle, draft }) {
    const size = bundle?.byteLength ?? 0;
    if (size <= LARGE) return [];
    const parts = [...(draft?.parts ?? [])]
      .filter(([, bytes]) => bytes > size * SHARE)
      .toSorted(([, a], [, b]) => b - a);
    const from =
      parts.length === 0
        ? ''
        : `, most of it from ${parts.map(([file, bytes]) => `${file} (${megabytes(bytes)})`).join(', ')}`;
    const place = { file: 'dist/plugin.js' };
    return [
      size > MOST
        ? error(place, `has ${megabytes(size)}${from}; hosts refuse more than ${megabytes(MOST)}`)
        : warning(place, `has ${megabytes(size)}${from}: every thread loads all of it`),
    ];
  },
};

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
