import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** Version of this SDK: its contract is what a plugin is built against. */
export const sdkVersion: string = version;
