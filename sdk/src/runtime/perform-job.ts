import type { AnyJob, ContractEnding } from '../define/job.ts';
import type { Context } from '../define/types.ts';
import { PluginMistake } from './faults.ts';
import type { RunValue } from './protocol.ts';

const REFERENCE_CHARACTERS = 200;
const URL_CHARACTERS = 2000;

export async function performJob(
  job: AnyJob<Record<string, unknown>>,
  event: ContractEnding,
  context: Context,
): Promise<NonNullable<RunValue['job']>> {
  const result: unknown = await job.run(context, event);
  const { reference, url, created } = (typeof result === 'object' && result !== null ? result : {}) as Record<
    string,
    unknown
  >;
  if (typeof reference !== 'string' || reference === '' || reference.length > REFERENCE_CHARACTERS) {
    throw new PluginMistake(`it must return a reference of up to ${REFERENCE_CHARACTERS} characters`);
  }
  if (typeof created !== 'boolean') throw new PluginMistake('it must return created: true or false');
  return { reference, url: parseUrl(url), created };
}

/** People click it. */
function parseUrl(url: unknown): string | null {
  if (url === undefined || url === null) return null;
  const isWeb =
    typeof url === 'string' && url.length <= URL_CHARACTERS && /^https?:\/\//.test(url) && URL.canParse(url);
  if (!isWeb) throw new PluginMistake('url must be an http or https URL');
  return url;
}
