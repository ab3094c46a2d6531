// Places a widget: first what it shows, then of whom and how.
import { Modal } from '@mantine/core';
import { useState } from 'react';
import type { DashboardView } from '../../../api/dashboards.ts';
import type { Offer, Source } from './offers.ts';
import { OfferList } from './offer-list.tsx';
import { PlaceQuery } from './place-query.tsx';
import { PlaceRows } from './place-rows.tsx';
import { PlaceSaved } from './place-saved.tsx';
import { PlaceTemplate } from './place-template.tsx';

interface AddWidgetProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly dashboard: DashboardView;
}

export function AddWidget({ opened, onClose, dashboard }: AddWidgetProps) {
  const [source, setSource] = useState<Source>('template');
  const [chosen, setChosen] = useState<Offer>();
  const close = (): void => {
    setChosen(undefined);
    onClose();
  };
  const placing = { dashboard, onBack: () => setChosen(undefined), onDone: close };
  return (
    <Modal
      opened={opened}
      onClose={close}
      size="lg"
      title={chosen === undefined ? 'Add a widget' : chosen.title}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {opened && chosen === undefined && (
        <OfferList source={source} onSource={setSource} dashboardId={dashboard.id} onChoose={setChosen} />
      )}
      {chosen !== undefined && <Placing key={chosen.key} offer={chosen} {...placing} />}
    </Modal>
  );
}

/** What every way of placing something needs. */
export interface PlacingProps {
  readonly dashboard: DashboardView;
  readonly onBack: () => void;
  readonly onDone: () => void;
}

function Placing({ offer: { plugin, thing }, ...placing }: PlacingProps & { readonly offer: Offer }) {
  switch (thing.what) {
    case 'template':
      return <PlaceTemplate template={thing.template} {...placing} />;
    case 'query':
      return <PlaceQuery plugin={plugin} query={thing.query} {...placing} />;
    case 'rows':
      return <PlaceRows plugin={plugin} stream={thing.stream} {...placing} />;
    case 'saved':
      return <PlaceSaved widget={thing.widget} {...placing} />;
  }
}
