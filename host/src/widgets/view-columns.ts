// The columns of a view's answer: those of its stream, or its groups and measures.
import type { Column, ManifestView, PluginManifest } from '@jackfield/schemas';

type Measure = NonNullable<ManifestView['measures']>[number];

export function viewColumns(manifest: PluginManifest, view: ManifestView): readonly Column[] {
  const { streams = {} } = manifest;
  const all = (Object.hasOwn(streams, view.stream) ? streams[view.stream]?.columns : undefined) ?? [];
  const { groupBy = [], measures = [] } = view;
  if (groupBy.length === 0 && measures.length === 0) return all;
  const named = (name: string | undefined): Column | undefined => all.find((column) => column.name === name);
  return [
    ...groupBy.flatMap((name) => named(name) ?? []),
    ...measures.map((measure) => measureColumn(measure, named(measure.column))),
  ];
}

function measureColumn({ name, fn, label }: Measure, of: Column | undefined): Column {
  const heading = label === undefined ? {} : { label };
  if (fn === 'count' || of === undefined) return { name, type: 'integer', ...heading };
  const unit = of.unit === undefined ? {} : { unit: of.unit };
  return { name, type: fn === 'avg' ? 'number' : of.type, ...unit, ...heading };
}
