import type { ContractView } from '@jackfield/host/answers';
import { Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ask, pathTo } from '../../api/client.ts';
import { ActForm } from '../../parts/act-form.tsx';
import { useAct } from '../../parts/act.ts';

interface ContractFormProps {
  readonly clientId: string;
  /** Undefined: a new one. */
  readonly contract: ContractView | undefined;
  readonly onDone: () => void;
}

export function ContractForm({ clientId, contract, onDone }: ContractFormProps) {
  const [input, setInput] = useState({
    name: contract?.name ?? '',
    startsOn: contract?.startsOn ?? '',
    endsOn: contract?.endsOn ?? '',
    reference: contract?.reference ?? '',
  });
  const save = useAct({
    act: () => {
      const { name, endsOn } = input;
      const empty = contract === undefined ? undefined : null;
      const body = { name, endsOn, startsOn: input.startsOn || empty, reference: input.reference || empty };
      if (contract === undefined) return ask('POST', pathTo(['clients', clientId, 'contracts']), { body });
      const headers = { 'if-match': `"${contract.revision}"` };
      return ask('PATCH', pathTo(['clients', clientId, 'contracts', contract.id]), { body, headers });
    },
    changes: ['clients', 'reminders'],
    done: `“${input.name}” is saved.`,
    after: onDone,
  });
  const field = (name: keyof typeof input) => ({
    value: input[name],
    onChange: ({ currentTarget: { value } }: { readonly currentTarget: { readonly value: string } }) =>
      setInput((before) => ({ ...before, [name]: value })),
  });
  return (
    <ActForm act={save} onCancel={onDone}>
      <TextInput label="Name" required data-autofocus {...field('name')} />
      <TextInput label="Reference" description="Its number at your side, for instance." {...field('reference')} />
      <Group grow>
        <TextInput type="date" label="Starts on" {...field('startsOn')} />
        <TextInput type="date" label="Ends on" required {...field('endsOn')} />
      </Group>
    </ActForm>
  );
}
