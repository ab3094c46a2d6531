import { Button, Modal, Radio, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask, pathTo } from '../../api/client.ts';
import { cursorsQuery } from '../../api/instances.ts';
import { ActForm } from '../../parts/act-form.tsx';
import { useAct } from '../../parts/act.ts';
import { Asked } from '../../parts/asked.tsx';
import { fullTime } from '../../parts/time.ts';

interface RewindProps {
  readonly id: string;
  readonly stream: string;
}

/** Goes back to where an earlier read started. */
export function RewindButton({ id, stream }: RewindProps) {
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={open}>
        Rewind
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={`Read “${stream}” again`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Rewind id={id} stream={stream} onDone={close} />
      </Modal>
    </>
  );
}

const START = 'start';

function Rewind({ id, stream, onDone }: RewindProps & { readonly onDone: () => void }) {
  const cursors = useQuery(cursorsQuery(id, stream));
  const [chosen, setChosen] = useState(START);
  const rewind = useAct({
    act: () =>
      ask('POST', pathTo(['instances', id, 'sync-jobs', stream, 'rewind']), {
        body: { cursor: chosen === START ? null : Number(chosen) },
      }),
    changes: ['instances', 'runs'],
    done: `“${stream}” is read again from there.`,
    after: onDone,
  });
  return (
    <ActForm act={rewind} label="Read again" onCancel={onDone}>
      <Text size="sm">
        Rows are neither doubled nor lost: those that have not changed stay as they are. Who did it is in the audit.
      </Text>
      <Asked query={cursors}>
        {({ cursors }) => (
          <Radio.Group label="From where" value={chosen} onChange={setChosen}>
            <Stack gap="xs" mt="xs" mah="40vh" style={{ overflowY: 'auto' }} tabIndex={0}>
              <Radio value={START} label="From the start: everything" />
              {cursors.map(({ id, at, act }) => (
                <Radio key={id} value={String(id)} label={`${fullTime(at)}${act === 'run' ? '' : `, a ${act}`}`} />
              ))}
            </Stack>
          </Radio.Group>
        )}
      </Asked>
    </ActForm>
  );
}
