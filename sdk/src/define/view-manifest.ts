// Views as plugin.json has them: durations as milliseconds, and a list where an author may write one name.
import type {
  ManifestView,
  ViewBucket as ManifestBucket,
  ViewCondition as ManifestCondition,
  ViewMeasure as ManifestMeasure,
} from '@jackfield/schemas';
import { parseDuration } from './duration.ts';
import type { Span, ViewCondition, ViewDef, ViewGroup, ViewMeasure } from './view.ts';

/** @throws Error that names the member that is wrong. */
export function viewOf(view: ViewDef, stream: string, at: string): ManifestView {
  const { per, where, deleted, groupBy, measures, orderBy, limit } = view;
  return {
    stream,
    ...(per === undefined ? {} : { per }),
    ...(where === undefined ? {} : { where: conditionsOf(where, `${at}.where`) }),
    ...(deleted === undefined ? {} : { deleted }),
    ...(groupBy === undefined ? {} : { groupBy: groupBy.map(groupOf) }),
    ...(measures === undefined
      ? {}
      : { measures: measures.map((measure, index) => measureOf(measure, `${at}.measures[${index}]`)) }),
    ...(orderBy === undefined ? {} : { orderBy: orderBy.map((order) => ({ ...order })) }),
    ...(limit === undefined ? {} : { limit: typeof limit === 'number' ? limit : { ...limit } }),
  };
}

function groupOf(group: ViewGroup): string | ManifestBucket {
  if (typeof group === 'string') return group;
  const { of } = group;
  return { ...group, of: typeof of === 'string' ? [of] : [...of] };
}

function measureOf({ where, ...measure }: ViewMeasure, at: string): ManifestMeasure {
  return { ...measure, ...(where === undefined ? {} : { where: conditionsOf(where, `${at}.where`) }) };
}

function conditionsOf(conditions: readonly ViewCondition[], at: string): ManifestCondition[] {
  return conditions.map((condition, index) => conditionOf(condition, `${at}[${index}]`));
}

function conditionOf(condition: ViewCondition, at: string): ManifestCondition {
  const { column, op } = condition;
  if ('ago' in condition) return { column, op, ...momentOf(condition.ago, 1, `${at}.ago`) };
  if ('ahead' in condition) return { column, op, ...momentOf(condition.ahead, -1, `${at}.ahead`) };
  if ('param' in condition) return { column, op, param: condition.param };
  if (!('value' in condition)) return { column, op };
  const { value } = condition;
  return { column, op, value: Array.isArray(value) ? [...value] : (value as string) };
}

function momentOf(span: Span, sign: 1 | -1, at: string): Pick<ManifestCondition, 'ago' | 'agoMs'> {
  if (typeof span === 'object') {
    return { ago: { param: span.param, unitMs: sign * parseDuration(`1${span.unit}`, `${at}.unit`) } };
  }
  const isBefore = span.startsWith('-');
  const ms = parseDuration(isBefore ? span.slice(1) : span, at);
  return { agoMs: ms === 0 ? 0 : sign * (isBefore ? -ms : ms) };
}
