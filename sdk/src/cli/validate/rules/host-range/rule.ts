import semver from 'semver';
import { sdkVersion } from '../../../../build/sdk-version.ts';
import { error, warning, type Rule } from '../../rule.ts';

/** A host that knows nothing of this contract would take it all the same. */
const FAR_FUTURE = '999.0.0';

export const hostRange: Rule = {
  id: 'host-range',
  asks: '`host` takes in the version that the plugin is built against, and ends somewhere',
  check({ manifest, placeOf }) {
    if (manifest === undefined) return [];
    const { host } = manifest;
    if (!semver.satisfies(sdkVersion, host, { includePrerelease: true })) {
      const message = `host: ${host} leaves out ${sdkVersion}, the version that it is built and tested against; leave "host" out`;
      return [error(placeOf('/host'), message)];
    }
    if (!semver.satisfies(FAR_FUTURE, host)) return [];
    const message = `host: ${host} has no end: say up to which version it is known to work, or leave "host" out`;
    return [warning(placeOf('/host'), message)];
  },
};
