// Contracts out of a CSV file: first what it would do, line by line; then all of it or nothing.
import type { ImportReport } from '@jackfield/host/answers';
import { Alert, Code, FileInput, Text } from '@mantine/core';
import { useState } from 'react';
import { ask } from '../../api/client.ts';
import { ActForm } from '../../parts/act-form.tsx';
import { useAct } from '../../parts/act.ts';
import { DataTable } from '../../parts/data-table.tsx';

const send = (file: Blob, query = ''): Promise<ImportReport> =>
  ask('POST', `/api/contracts/import${query}`, { body: file, headers: { 'content-type': 'text/csv' } });

export function ImportContracts({ onDone }: { readonly onDone: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const check = useAct<void, ImportReport>({ act: () => send(file ?? new Blob(), '?dryRun=true'), changes: [] });
  const save = useAct<void, ImportReport>({
    act: () => send(file ?? new Blob()),
    changes: ['clients', 'contracts', 'names', 'reminders'],
    done: ({ contracts: { created, changed } }) => `${created} contracts are new, ${changed} are changed.`,
    after: onDone,
  });
  const report = check.data;
  const isGood = report?.faults.length === 0;
  const choose = (chosen: File | null): void => {
    check.reset();
    save.reset();
    setFile(chosen);
  };
  return (
    <ActForm
      act={isGood ? save : check}
      label={isGood ? 'Import' : 'Check the file'}
      onCancel={onDone}
      isIncomplete={file === null || (report !== undefined && !isGood)}
    >
      <Text size="sm">
        A header of <Code>client, contract, ends_on</Code>, and if you like <Code>starts_on, reference, time_zone</Code>
        ; days as 2026-12-31. A client that is not known is made; a contract that is known is changed. Checking it
        changes nothing.
      </Text>
      <FileInput
        label="CSV file"
        placeholder="Choose a file"
        accept=".csv,text/csv"
        data-autofocus
        clearable
        clearButtonProps={{ 'aria-label': 'No file' }}
        value={file}
        onChange={choose}
      />
      {report !== undefined && <Report report={report} />}
    </ActForm>
  );
}

function Report({ report: { lines, clients, contracts, faults } }: { readonly report: ImportReport }) {
  const wrong = new Set(faults.map(({ line }) => line)).size;
  const said = [
    [clients.created, 'clients are new'],
    [clients.changed, 'clients get another time zone'],
    [contracts.created, 'contracts are new'],
    [contracts.changed, 'contracts are changed'],
    [contracts.unchanged, 'contracts stay as they are'],
  ] as const;
  const text = said.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  if (wrong === 0)
    return (
      <Alert role="status" color="green" title={`All ${lines} lines are good`}>
        {text.join(', ')}.
      </Alert>
    );
  return (
    <>
      <Alert role="alert" color="red" title={wrong === 1 ? 'A line is not right' : `${wrong} lines are not right`}>
        Nothing is imported until all are. Put them right in the file, then choose it again.
      </Alert>
      <div tabIndex={0} role="group" aria-label="Faults" style={{ maxHeight: '40vh', overflow: 'auto' }}>
        <DataTable
          label="What is wrong"
          rows={faults}
          rowKey={({ line, column = '', message }) => `${line} ${column} ${message}`}
          empty=""
          columns={[
            { label: 'Line', cell: ({ line }) => line },
            { label: 'Column', cell: ({ column }) => column ?? 'all of it' },
            { label: 'What is wrong', cell: ({ message }) => message },
          ]}
        />
      </div>
    </>
  );
}
