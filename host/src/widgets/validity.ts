// Whether a widget can show what it says: asked when it is saved or previewed, so that the person who makes it is told where.
import { type ManifestWidget, type PluginManifest, validatePluginManifest } from '@jackfield/schemas';
import type { ClientScope } from '../access/index.ts';
import type { Clients } from '../clients/index.ts';
import { type FieldError, Problem } from '../errors.ts';
import type { Instances } from '../instances/index.ts';
import { queryOf } from './description.ts';
import { effectiveWidget } from './effective.ts';
import { GRID, type InstanceSelection, type Position, type WidgetSettings } from './input.ts';
import { paramsErrors } from './params.ts';
import type { WidgetPlugins } from './plugins.ts';

export interface ValidityParts {
  readonly plugins: WidgetPlugins;
  readonly instances: Instances;
  readonly clients: Pick<Clients, 'list'>;
}

/** Faults of what it shows: plugin, source, params and columns. */
export function sourceErrors(
  { plugins }: { readonly plugins: Pick<WidgetPlugins, 'find' | 'refreshMs'> },
  own: WidgetSettings,
): FieldError[] {
  const sources = [own.template, own.query, own.view].filter((source) => source !== null);
  if (sources.length !== 1)
    return [{ pointer: '', message: 'must show a template, a query or a view: one of the three' }];
  const manifest = plugins.find(own.plugin)?.manifest;
  if (manifest === undefined) return [{ pointer: '/plugin', message: 'is not installed, or failed to load' }];
  const widget = effectiveWidget(manifest, own, plugins.refreshMs);
  if (widget === undefined) {
    const message = `names no widget template of the plugin "${own.plugin}" (got ${JSON.stringify(own.template)})`;
    return [{ pointer: '/template', message }];
  }
  const query = widget.query === undefined ? undefined : queryOf(manifest, widget.query);
  const errors = templateErrors(manifest, widget);
  return query === undefined ? errors : [...errors, ...paramsErrors(query, widget.params)];
}

/** A widget is as sound as a template of its plugin would be: the rules of manifests are asked, about the part that it names. */
function templateErrors(manifest: PluginManifest, widget: ManifestWidget): FieldError[] {
  const { query: id, view } = widget;
  const query = id === undefined ? undefined : queryOf(manifest, id);
  const { streams = {} } = manifest;
  const streamId = (view ?? query?.view)?.stream;
  const stream = streamId !== undefined && Object.hasOwn(streams, streamId) ? streams[streamId] : undefined;
  const part: PluginManifest = {
    ...manifest,
    queries: id === undefined || query === undefined ? {} : { [id]: query },
    streams: streamId === undefined || stream === undefined ? {} : { [streamId]: stream },
    routes: {},
    jobs: {},
    widgets: { [CANDIDATE]: widget },
  };
  const at = `/widgets/${CANDIDATE}`;
  return validatePluginManifest(part).map(({ pointer, message }) => ({
    pointer: pointer.startsWith(at) ? pointer.slice(at.length) : pointer,
    message,
  }));
}

const CANDIDATE = 'candidate';

/** Faults of the instances it names: each must exist and be one of the plugin's, and so must the client. */
export async function instanceErrors(
  { instances, clients }: ValidityParts,
  plugin: string,
  selection: InstanceSelection,
  seen: ClientScope,
): Promise<FieldError[]> {
  if (selection === 'all') return [];
  if ('clientId' in selection) {
    const isKnown = (await clients.list(seen)).some(({ id }) => id === selection.clientId);
    return isKnown ? [] : [{ pointer: '/instances/clientId', message: 'is no client' }];
  }
  const known = new Map((await instances.list({ clients: seen })).map((instance) => [instance.id, instance.plugin]));
  return selection.flatMap((id, index) => {
    const pointer = `/instances/${index}`;
    const owner = known.get(id);
    if (owner === undefined) return [{ pointer, message: `names no instance (got ${JSON.stringify(id)})` }];
    return owner === plugin
      ? []
      : [
          {
            pointer,
            message: `is an instance of the plugin "${owner}", not of "${plugin}" (got ${JSON.stringify(id)})`,
          },
        ];
  });
}

export function positionErrors({ x, w }: Position, at: string): FieldError[] {
  return x + w <= GRID
    ? []
    : [{ pointer: `${at}/w`, message: `reaches beyond the grid, which is ${GRID} columns wide (x + w is ${x + w})` }];
}

/** @throws Problem `config_invalid` when there are any. */
export function assertNone(errors: readonly FieldError[], what: string): void {
  if (errors.length === 0) return;
  const detail = errors.map(({ pointer, message }) => `${pointer || what} ${message}`).join('; ');
  throw new Problem('config_invalid', detail, { errors });
}
