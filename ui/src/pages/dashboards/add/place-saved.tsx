// A widget that is saved already: one on no dashboard comes here, of another one a copy is made.
import type { WidgetView } from '@jackfield/host/answers';
import { Text } from '@mantine/core';
import { changeWidget, createWidget } from '../../../api/dashboards.ts';
import { ActForm } from '../../../parts/act-form.tsx';
import { useAct } from '../../../parts/act.ts';
import type { PlacingProps } from './add-widget.tsx';

export function PlaceSaved({ widget, dashboard, onBack, onDone }: PlacingProps & { readonly widget: WidgetView }) {
  const isFree = widget.dashboardId === null;
  const add = useAct({
    act: () =>
      isFree
        ? changeWidget(widget.id, { dashboardId: dashboard.id, position: null })
        : createWidget({ ...settingsOf(widget), dashboardId: dashboard.id }),
    changes: ['dashboards'],
    after: onDone,
  });
  return (
    <ActForm act={add} label="Add" onCancel={onBack} cancelLabel="Back">
      <Text size="sm">
        {isFree
          ? 'It is on no dashboard yet. Its settings stay as they are.'
          : 'The one there stays. The copy begins with its settings and instances, and is changed by itself.'}
      </Text>
    </ActForm>
  );
}

function settingsOf(widget: WidgetView) {
  const { plugin, template, query, view, title, kind, params, instances, columns, x, y, refreshMs } = widget;
  return { plugin, template, query, view, title, kind, params, instances, columns, x, y, refreshMs };
}
