import { Alert } from '@mantine/core';
import { useState } from 'react';
import { useMay } from '../../../api/session.ts';
import type { FormData } from '../../../forms/form-context.ts';
import { SchemaFields } from '../../../forms/schema-form.tsx';
import type { PlacingProps } from './add-widget.tsx';
import { axesOf, KindSelect, kindOf } from '../../../results/kind-select.tsx';
import type { Query } from './offers.ts';
import { Place } from './placing.tsx';

interface PlaceQueryProps extends PlacingProps {
  readonly plugin: string;
  readonly query: Query;
}

export function PlaceQuery({ plugin, query, ...placing }: PlaceQueryProps) {
  const mayAsk = useMay(query.role);
  const [kind, setKind] = useState(() => kindOf(query.columns));
  const [params, setParams] = useState<FormData>({});
  const source = () => ({ query: query.id, kind, params: withoutEmpty(params), ...axesOf(kind, query.columns) });
  if (!mayAsk)
    return <Alert color="gray">It is for people who are at least {query.role}: ask one of them to place it.</Alert>;
  return (
    <Place plugin={plugin} title={query.title} source={source} {...placing}>
      <KindSelect value={kind} onChange={setKind} />
      <SchemaFields label="Params" schema={query.params} value={params} onChange={setParams} />
    </Place>
  );
}

function withoutEmpty(params: FormData): FormData {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
}
