import type { StreamStatus } from '@jackfield/host/answers';
import { useState } from 'react';
import { KindSelect } from '../../../results/kind-select.tsx';
import type { PlacingProps } from './add-widget.tsx';
import { Place } from './placing.tsx';
import { ViewFields } from './view-fields.tsx';
import { kindOf, NOTHING, viewOf } from './view-of.ts';

interface PlaceRowsProps extends PlacingProps {
  readonly plugin: string;
  readonly stream: StreamStatus;
}

export function PlaceRows({ plugin, stream: { id, title, columns }, ...placing }: PlaceRowsProps) {
  const [wish, setWish] = useState(NOTHING);
  // Null: as it suits what is wanted.
  const [kind, setKind] = useState<string | null>(null);
  const shown = kind ?? kindOf(wish, columns);
  return (
    <Place plugin={plugin} title={title} source={() => ({ kind: shown, ...viewOf(wish, id, columns) })} {...placing}>
      <ViewFields columns={columns} wish={wish} onChange={setWish} />
      <KindSelect value={shown} onChange={setKind} />
    </Place>
  );
}
