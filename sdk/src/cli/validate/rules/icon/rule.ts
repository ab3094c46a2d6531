import { SaxesParser } from 'saxes';
import { error, type Rule } from '../../rule.ts';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
/** Beside a plugin's name it is shown at 24 to 64 pixels. */
const MOST_PIXELS = 512;

const ELEMENTS = new Set([
  ...['svg', 'g', 'defs', 'symbol', 'use', 'title', 'desc', 'metadata', 'path', 'rect', 'circle', 'ellipse', 'line'],
  ...[
    'polyline',
    'polygon',
    'text',
    'tspan',
    'linearGradient',
    'radialGradient',
    'stop',
    'clipPath',
    'mask',
    'pattern',
  ],
  ...[
    'filter',
    'feGaussianBlur',
    'feOffset',
    'feBlend',
    'feColorMatrix',
    'feFlood',
    'feComposite',
    'feMerge',
    'feMergeNode',
  ],
]);

/** The app shows it as an image, where scripts do not run; somebody else may put it into a page. */
export const icon: Rule = {
  id: 'icon',
  asks: 'an icon is a small PNG, or an SVG that draws and does nothing else',
  check({ manifest, placeOf }) {
    const [, type, base64] = /^data:image\/(png|svg\+xml);base64,(.*)$/s.exec(manifest?.icon ?? '') ?? [];
    if (base64 === undefined) return [];
    const bytes = Buffer.from(base64, 'base64');
    const fault = type === 'png' ? pngFault(bytes) : svgFault(bytes.toString());
    return fault === undefined ? [] : [error(placeOf('/icon'), `icon ${fault}`)];
  },
};

function pngFault(bytes: Buffer): string | undefined {
  if (!bytes.subarray(0, 8).equals(PNG) || bytes.length < 24) return 'is not a PNG';
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  return Math.max(width, height) > MOST_PIXELS
    ? `has ${width} × ${height} pixels; ${MOST_PIXELS} are more than enough`
    : undefined;
}

function svgFault(text: string): string | undefined {
  const faults: string[] = [];
  const parser = new SaxesParser();
  let root: string | undefined;
  parser.on('doctype', () => faults.push('has a DOCTYPE: leave it out'));
  parser.on('processinginstruction', ({ target }) => faults.push(`has a processing instruction <?${target} …?>`));
  parser.on('opentag', ({ name, attributes }) => {
    root ??= name;
    if (!ELEMENTS.has(name)) faults.push(`has a <${name}>, which does more than draw`);
    for (const [attribute, value] of Object.entries(attributes)) {
      if (/^on/i.test(attribute)) faults.push(`has the handler ${attribute} on <${name}>`);
      if (/(^|:)href$/i.test(attribute) && !value.startsWith('#'))
        faults.push(`leads elsewhere with ${attribute} on <${name}>`);
      if (/url\(\s*['"]?(?!#)|@import|expression\(/i.test(value))
        faults.push(`loads something with ${attribute} on <${name}>`);
    }
  });
  parser.on('error', ({ message }) => faults.push(`is not well-formed: ${message}`));
  parser.write(text).close();
  if (root !== 'svg') faults.unshift('is not an SVG document');
  return faults[0];
}
