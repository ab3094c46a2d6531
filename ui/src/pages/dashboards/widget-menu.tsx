// What can be done with one widget: another title, other instances, a page elsewhere that shows it, or nothing more.
import { ActionIcon, Button, Group, Menu, Modal, Stack, Text, TextInput } from '@mantine/core';
import IconDots from '@tabler/icons-react/icons/IconDots';
import { useState } from 'react';
import { changeWidget, removeWidget, type WidgetView } from '../../api/dashboards.ts';
import { ActForm } from '../../parts/act-form.tsx';
import { useAct } from '../../parts/act.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { EmbedForm } from '../embeds/embed-form.tsx';
import { InstanceSelect, isChosen } from './instance-select.tsx';
import { titleOf } from './widget-title.ts';

type Open = 'settings' | 'embed' | 'remove';

export function WidgetMenu({ widget }: { readonly widget: WidgetView }) {
  const [open, setOpen] = useState<Open>();
  const title = titleOf(widget);
  const close = (): void => setOpen(undefined);
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="default" size="md" aria-label={`More of ${title}`}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setOpen('settings')}>Settings</Menu.Item>
          <Menu.Item onClick={() => setOpen('embed')}>Show on another site</Menu.Item>
          <Menu.Item color="red" onClick={() => setOpen('remove')}>
            Remove
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={open !== undefined}
        onClose={close}
        size={open === 'embed' ? 'lg' : 'md'}
        title={open === 'remove' ? `Remove ${title}?` : title}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {open === 'settings' && <Settings widget={widget} onDone={close} />}
        {open === 'embed' && <EmbedForm widget={widget.id} onClose={close} />}
        {open === 'remove' && <Remove widget={widget} onDone={close} />}
      </Modal>
    </>
  );
}

interface PartProps {
  readonly widget: WidgetView;
  readonly onDone: () => void;
}

function Settings({ widget, onDone }: PartProps) {
  const [title, setTitle] = useState(widget.title ?? '');
  const [instances, setInstances] = useState(widget.instances);
  const save = useAct({
    act: () => changeWidget(widget.id, { title: title === '' ? null : title, instances }),
    changes: ['dashboards'],
    after: onDone,
  });
  return (
    <ActForm act={save} onCancel={onDone} isIncomplete={!isChosen(instances)}>
      <TextInput
        label="Title"
        placeholder={widget.shows?.title}
        maxLength={120}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      <InstanceSelect plugin={widget.plugin} value={instances} onChange={setInstances} />
    </ActForm>
  );
}

function Remove({ widget: { id }, onDone }: PartProps) {
  const remove = useAct({ act: () => removeWidget(id), changes: ['dashboards'], after: onDone });
  return (
    <Stack>
      <Text size="sm">
        It goes from this dashboard, and pages of other sites that show it. Nothing else is deleted.
      </Text>
      <ProblemNotice error={remove.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          Cancel
        </Button>
        <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
          Remove
        </Button>
      </Group>
    </Stack>
  );
}
