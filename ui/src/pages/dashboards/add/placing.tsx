// What every widget is asked when it is placed: what it is called, of whom it is, and the rest that is its own.
import { TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { createWidget, type DashboardView, type Selection, type WidgetInput } from '../../../api/dashboards.ts';
import { ActForm } from '../../../parts/act-form.tsx';
import { useAct } from '../../../parts/act.ts';
import { InstanceSelect, isChosen } from '../instance-select.tsx';
import type { PlacingProps } from './add-widget.tsx';

interface PlaceProps extends PlacingProps {
  readonly plugin: string;
  /** It is called so when nobody calls it otherwise. */
  readonly title: string;
  /** A template has a title of its own, which may change with it. */
  readonly hasOwnTitle?: boolean;
  readonly source: () => Omit<WidgetInput, 'dashboardId' | 'plugin' | 'title' | 'instances'>;
  readonly children?: ReactNode;
}

export function Place({ plugin, title, hasOwnTitle = false, source, dashboard, onBack, onDone, children }: PlaceProps) {
  const [own, setOwn] = useState('');
  const [instances, setInstances] = useState<Selection>(() => ofDashboard(dashboard));
  const add = useAct({
    act: () => {
      const called = own === '' && !hasOwnTitle ? title : own;
      const common = { dashboardId: dashboard.id, plugin, instances, title: called === '' ? null : called };
      return createWidget({ ...common, ...source() });
    },
    changes: ['dashboards'],
    after: onDone,
  });
  return (
    <ActForm act={add} label="Add" onCancel={onBack} cancelLabel="Back" isIncomplete={!isChosen(instances)}>
      <TextInput
        label="Title"
        placeholder={title}
        maxLength={120}
        value={own}
        onChange={(event) => setOwn(event.currentTarget.value)}
      />
      {children}
      <InstanceSelect plugin={plugin} value={instances} onChange={setInstances} />
    </ActForm>
  );
}

function ofDashboard({ clientId }: DashboardView): Selection {
  return clientId === null ? 'all' : { clientId };
}
