// Client parameters in params: `${client.jiraProject}` becomes its value, encoded for the language that the param's text is in, so
// that no value can change what is asked.
import { type FieldError, Problem } from '../errors.ts';
import { escapePointer } from '../schema.ts';
import type { ClientParameters, ParameterValue } from './input.ts';
import { fillJql } from './jql-text.ts';
import { SchemaPlace } from './schema-language.ts';
import { FillError, hasPlaceholder, type Part, parseTemplate } from './template.ts';
import { fillUrlPath } from './url-path.ts';

/** Whose parameters are asked for. */
export interface FillPlace {
  readonly instanceId: string;
  /** The client that the instance belongs to. */
  readonly clientId: string | null;
}

/** No params are nested deeper. */
const MAX_DEPTH = 100;

/**
 * The params with every placeholder replaced, in values at any depth; property names are left alone. Call it before the params are
 * validated: text that is one placeholder takes on the parameter's type.
 *
 * @throws Problem `params_invalid` with a pointer to each placeholder that has no value, or whose value would be dangerous there.
 */
export function fillPlaceholders(
  schema: object,
  params: Readonly<Record<string, unknown>>,
  parameters: ClientParameters,
  place: FillPlace,
): Record<string, unknown> {
  const faults: (FieldError & { readonly next: string })[] = [];
  const valueOf = (name: string): ParameterValue => parameterOf(name, parameters, place);

  const fill = (value: unknown, at: SchemaPlace, pointer: string, depth: number): unknown => {
    if (typeof value === 'string') {
      try {
        return fillText(value, at, valueOf);
      } catch (error) {
        if (!(error instanceof FillError)) throw error;
        faults.push({ pointer, message: error.message, next: error.next });
        return value;
      }
    }
    if (typeof value !== 'object' || value === null) return value;
    if (depth === MAX_DEPTH) throw tooDeep(pointer);
    if (Array.isArray(value)) {
      const below = at.item();
      return value.map((item, index) => fill(item, below, `${pointer}/${index}`, depth + 1));
    }
    const entries = Object.entries(value).map(([key, item]): [string, unknown] => [
      key,
      fill(item, at.property(key), `${pointer}/${escapePointer(key)}`, depth + 1),
    ]);
    return Object.fromEntries(entries);
  };

  const filled = fill(params, new SchemaPlace(schema as Record<string, unknown>), '/params', 0);
  if (faults.length > 0) throw notFilled(faults, place);
  return filled as Record<string, unknown>;
}

function fillText(text: string, at: SchemaPlace, valueOf: (name: string) => ParameterValue): ParameterValue {
  if (!hasPlaceholder(text)) return text;
  const parts = parseTemplate(text);
  if (parts.every((part) => 'text' in part)) return parts.map(({ text }) => text).join('');
  const [language, another] = at.languages();
  if (another !== undefined) throw untranslatable(`${language} and ${another}`);
  const textOf = (name: string): string => String(valueOf(name));
  switch (language) {
    case undefined:
      return fillPlain(parts, valueOf);
    case 'application/jql':
      return fillJql(parts, textOf);
    case 'application/x-url-path':
      return fillUrlPath(parts, textOf);
    default:
      throw untranslatable(language);
  }
}

function fillPlain(parts: readonly Part[], valueOf: (name: string) => ParameterValue): ParameterValue {
  const [only, ...others] = parts;
  if (only !== undefined && 'parameter' in only && others.length === 0) return valueOf(only.parameter);
  return parts.map((part) => ('text' in part ? part.text : String(valueOf(part.parameter)))).join('');
}

function parameterOf(name: string, parameters: ClientParameters, { instanceId, clientId }: FillPlace): ParameterValue {
  if (clientId === null) {
    throw new FillError(
      `needs the parameter client.${name}, and instance "${instanceId}" belongs to no client`,
      `PATCH /api/instances/${instanceId} with the clientId of a client that has the parameter "${name}".`,
    );
  }
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (value !== undefined) return value;
  throw new FillError(
    `needs the parameter client.${name}, which client "${clientId}" does not have`,
    `Set "${name}": PATCH /api/clients/${encodeURIComponent(clientId)}/parameters.`,
  );
}

function untranslatable(language: string): FillError {
  return new FillError(
    `has a placeholder in text that is ${language}, for which no value can be encoded`,
    'Write the value itself.',
  );
}

function tooDeep(pointer: string): Problem {
  const message = `is nested deeper than ${MAX_DEPTH} levels`;
  return new Problem('params_invalid', `the params are nested deeper than ${MAX_DEPTH} levels`, {
    errors: [{ pointer, message }],
  });
}

function notFilled(faults: readonly (FieldError & { readonly next: string })[], { instanceId }: FillPlace): Problem {
  const detail = faults.map(({ pointer, message }) => `${pointer} ${message}`).join('; ');
  return new Problem('params_invalid', detail, {
    errors: faults,
    next: [...new Set(faults.map(({ next }) => next))].join(' '),
    instanceId,
  });
}
