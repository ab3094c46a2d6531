// A new embed token: pages of one site show widgets with it. Its text is shown once, with the page that uses it.
import type { EmbedView } from '@jackfield/host/answers';
import { MultiSelect, Select, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../../api/client.ts';
import { clientNamesQuery, widgetsQuery } from '../../api/dashboards.ts';
import { useSession } from '../../api/session.ts';
import { ActForm } from '../../parts/act-form.tsx';
import { useAct } from '../../parts/act.ts';
import { ShownOnce } from '../../parts/shown-once.tsx';

const HOUR = 3_600_000;
const LENGTHS = [
  { value: String(HOUR), label: 'an hour' },
  { value: String(8 * HOUR), label: '8 hours' },
  { value: String(24 * HOUR), label: 'a day' },
];

/** Whose things pages show with it. */
type Shown = 'own' | 'all' | 'some';

const SHOWN: readonly { readonly value: Shown; readonly label: string }[] = [
  { value: 'own', label: 'The client of the dashboard' },
  { value: 'some', label: 'These clients' },
  { value: 'all', label: 'Everything that I may see' },
];

interface EmbedFormProps {
  /** Left out: whoever makes the token chooses. */
  readonly widget?: string;
  readonly onClose: () => void;
}

export function EmbedForm({ widget, onClose }: EmbedFormProps) {
  const { clients: mine } = useSession();
  const [widgets, setWidgets] = useState<readonly string[]>(widget === undefined ? [] : [widget]);
  const [origin, setOrigin] = useState('https://');
  const [shown, setShown] = useState<Shown>('own');
  const [clients, setClients] = useState<readonly string[]>([]);
  const [length, setLength] = useState(String(HOUR));
  const make = useAct<void, EmbedView & { readonly token: string }>({
    act: () => {
      const whose = shown === 'own' ? {} : { clients: shown === 'all' ? null : clients };
      return ask('POST', '/api/embeds', { body: { widgets, origin, expiresInMs: Number(length), ...whose } });
    },
    changes: ['embeds'],
  });
  if (make.data !== undefined) return <ShownOnce text={pageOf(make.data)} onClose={onClose} />;
  const isIncomplete = widgets.length === 0 || (shown === 'some' && clients.length === 0);
  return (
    <ActForm act={make} label="Make a token" onCancel={onClose} isIncomplete={isIncomplete}>
      <Text size="sm">
        Pages of one site show {widget === undefined ? 'these widgets' : 'this widget'} with it, and can do nothing
        else. A page that is to stay asks for a token for each of its visitors: POST /api/embeds.
      </Text>
      {widget === undefined && <WidgetsSelect value={widgets} onChange={setWidgets} />}
      <TextInput
        label="Site"
        description="Its origin, without a path: https://portal.example"
        required
        data-autofocus
        value={origin}
        onChange={(event) => setOrigin(event.currentTarget.value)}
      />
      <Select
        label="Shows the things of"
        data={mine === null ? SHOWN : SHOWN.filter(({ value }) => value !== 'all')}
        value={shown}
        onChange={(value) => setShown(SHOWN.find((one) => one.value === value)?.value ?? shown)}
        allowDeselect={false}
      />
      {shown === 'some' && <ClientsSelect value={clients} onChange={setClients} />}
      <Select
        label="Good for"
        data={LENGTHS}
        value={length}
        onChange={(value) => setLength(value ?? length)}
        allowDeselect={false}
      />
    </ActForm>
  );
}

interface ManyProps {
  readonly value: readonly string[];
  readonly onChange: (ids: string[]) => void;
}

function WidgetsSelect({ value, onChange }: ManyProps) {
  const { data = [] } = useQuery(widgetsQuery);
  return (
    <MultiSelect
      label="Widgets"
      required
      searchable
      data={data.map(({ id, title, shows }) => ({ value: id, label: `${title ?? shows?.title ?? id} (${id})` }))}
      value={[...value]}
      onChange={onChange}
    />
  );
}

function ClientsSelect({ value, onChange }: ManyProps) {
  const { data = [] } = useQuery(clientNamesQuery);
  return (
    <MultiSelect
      label="Clients"
      required
      searchable
      data={data.map(({ id, name }) => ({ value: id, label: name }))}
      value={[...value]}
      onChange={onChange}
    />
  );
}

/** A page that shows them. */
function pageOf({ token, widgets }: { readonly token: string; readonly widgets: readonly string[] }): string {
  const { origin } = location;
  const tags = widgets.map(
    (id) => `<jackfield-widget src="${origin}" widget="${id}"\n  token="${token}"></jackfield-widget>`,
  );
  return [`<script type="module" src="${origin}/widget.js"></script>`, ...tags].join('\n');
}
