// OpenTelemetry's own variables, as every collector's documentation names them.
import { Problem } from '../errors.ts';
import type { TraceSettings } from './traces.ts';

/** Undefined when nobody takes traces. @throws Problem `config_invalid` */
export function parseTraces(variables: NodeJS.ProcessEnv): TraceSettings | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own } = variables;
  const endpoint = own || base;
  if (endpoint === undefined || endpoint === '' || variables['OTEL_SDK_DISABLED'] === 'true') return undefined;
  if (!URL.canParse(endpoint))
    throw invalid(own ? 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' : 'OTEL_EXPORTER_OTLP_ENDPOINT', 'a URL');
  const part = variables['OTEL_TRACES_SAMPLER_ARG'];
  const ratio = part === undefined ? undefined : Number(part);
  if (ratio !== undefined && !(ratio >= 0 && ratio <= 1))
    throw invalid('OTEL_TRACES_SAMPLER_ARG', 'a number from 0 to 1');
  // The exporter reads the address with its headers and timeouts itself.
  return { ratio };
}

function invalid(name: string, wanted: string): Problem {
  return new Problem('config_invalid', `${name} must be ${wanted}`, { next: `Set ${name}, or take it away.` });
}
