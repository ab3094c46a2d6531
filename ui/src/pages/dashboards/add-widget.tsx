// Places a widget: a template that a plugin brings, or one of its queries.
import { Badge, Button, Group, Modal, ScrollArea, Select, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
  createWidget,
  type DashboardView,
  type Selection,
  type TemplateView,
  templatesQuery,
} from '../../api/dashboards.ts';
import { useAct } from '../../parts/act.ts';
import { Asked } from '../../parts/asked.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import classes from './add-widget.module.css';
import { InstanceSelect, isChosen } from './instance-select.tsx';

interface AddWidgetProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly dashboard: DashboardView;
}

export function AddWidget({ opened, onClose, dashboard }: AddWidgetProps) {
  const [template, setTemplate] = useState<TemplateView>();
  const close = (): void => {
    setTemplate(undefined);
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      size="lg"
      title={template === undefined ? 'Add a widget' : template.title}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {opened && template === undefined && <Templates onChoose={setTemplate} />}
      {template !== undefined && (
        <Placing template={template} dashboard={dashboard} onBack={() => setTemplate(undefined)} onDone={close} />
      )}
    </Modal>
  );
}

function Templates({ onChoose }: { readonly onChoose: (template: TemplateView) => void }) {
  const query = useQuery(templatesQuery);
  const [wanted, setWanted] = useState('');
  const [plugin, setPlugin] = useState<string | null>(null);
  return (
    <Asked query={query}>
      {(templates) => (
        <Stack>
          <Group grow>
            <TextInput
              label="Find"
              data-autofocus
              value={wanted}
              onChange={(event) => setWanted(event.currentTarget.value)}
            />
            <Select
              label="Plugin"
              placeholder="All"
              clearable
              data={[...new Set(templates.map((template) => template.plugin))]}
              value={plugin}
              onChange={setPlugin}
            />
          </Group>
          <Text size="sm" c="dimmed">
            Any query can be a widget too: run it on its instance, then save it.
          </Text>
          <ScrollArea.Autosize mah="50vh" type="auto">
            <ul className={classes['list']} aria-label="Templates">
              {templates
                .filter((template) => isWanted(template, wanted, plugin))
                .map((template) => (
                  <li key={`${template.plugin} ${template.template}`}>
                    <UnstyledButton className={classes['template']} onClick={() => onChoose(template)}>
                      <Group justify="space-between" wrap="nowrap">
                        <Text fw={600} size="sm">
                          {template.title}
                        </Text>
                        <Badge variant="light" color="gray">
                          {template.kind}
                        </Badge>
                      </Group>
                      <Text size="sm" c="dimmed">
                        {template.plugin}
                        {template.description === undefined ? '' : ` · ${template.description}`}
                      </Text>
                    </UnstyledButton>
                  </li>
                ))}
            </ul>
          </ScrollArea.Autosize>
        </Stack>
      )}
    </Asked>
  );
}

function isWanted(
  { title, description = '', plugin: of }: TemplateView,
  wanted: string,
  plugin: string | null,
): boolean {
  if (plugin !== null && of !== plugin) return false;
  return `${title} ${description}`.toLowerCase().includes(wanted.toLowerCase());
}

interface PlacingProps {
  readonly template: TemplateView;
  readonly dashboard: DashboardView;
  readonly onBack: () => void;
  readonly onDone: () => void;
}

function Placing({ template: { plugin, template, title }, dashboard, onBack, onDone }: PlacingProps) {
  const [instances, setInstances] = useState<Selection>(
    dashboard.clientId === null ? 'all' : { clientId: dashboard.clientId },
  );
  const [own, setOwn] = useState('');
  const add = useAct({
    act: () => createWidget({ dashboardId: dashboard.id, plugin, template, instances, title: own === '' ? null : own }),
    changes: ['dashboards'],
    after: onDone,
  });
  const submit = (event: Pick<Event, 'preventDefault'>): void => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Title"
          placeholder={title}
          maxLength={120}
          value={own}
          onChange={(event) => setOwn(event.currentTarget.value)}
        />
        <InstanceSelect plugin={plugin} value={instances} onChange={setInstances} />
        <ProblemNotice error={add.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onBack}>
            Back
          </Button>
          <Button type="submit" disabled={!isChosen(instances)} loading={add.isPending}>
            Add
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
