import { validatePluginManifest } from '@jackfield/schemas';
import { error, type Rule } from '../../rule.ts';

/** Everything that a host checks of the manifest before it loads anything. */
export const schema: Rule = {
  id: 'schema',
  asks: 'plugin.json is as its schema says, and what it names is there',
  check({ faults, draft, published, placeOf }) {
    const built = faults.flatMap(({ pointer, message, place }) =>
      pointer === undefined ? [] : [{ ...error(place ?? placeOf(pointer), message), pointer }],
    );
    if (built.length > 0 || draft !== undefined || faults.length > 0 || published === undefined) return built;
    return validatePluginManifest(published.value).map(({ pointer, message }) => ({
      ...error(published.placeOf(pointer), message),
      pointer,
    }));
  },
};
