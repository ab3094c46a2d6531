import { Group, ScrollArea, SegmentedControl, Select, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { PagePending } from '../../../parts/page-states.tsx';
import { ProblemNotice } from '../../../parts/problem-notice.tsx';
import classes from './offer-list.module.css';
import { type Offer, type Source, SOURCES, useOffers } from './offers.ts';

const LABELS: Readonly<Record<Source, string>> = {
  template: 'Templates',
  query: 'Queries',
  rows: 'Rows',
  saved: 'Saved',
};

const LEADS: Readonly<Record<Source, string>> = {
  template: 'Ready to be placed: the plugins bring them.',
  query: 'Any question of a plugin, with your own params.',
  rows: 'What is synced, as it is, or counted and summed up.',
  saved: 'Widgets that somebody has saved, on another dashboard or on none.',
};

interface OfferListProps {
  readonly source: Source;
  readonly onSource: (source: Source) => void;
  readonly dashboardId: string;
  readonly onChoose: (offer: Offer) => void;
}

export function OfferList({ source, onSource, dashboardId, onChoose }: OfferListProps) {
  const { offers, error, retry } = useOffers(source, dashboardId);
  const [wanted, setWanted] = useState('');
  const [plugin, setPlugin] = useState<string | null>(null);
  const found = offers?.filter((offer) => isWanted(offer, wanted, plugin));
  return (
    <Stack gap="sm">
      <SegmentedControl
        aria-label="What to place"
        value={source}
        onChange={(value) => onSource(SOURCES.find((one) => one === value) ?? source)}
        data={SOURCES.map((value) => ({ value, label: LABELS[value] }))}
      />
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
          clearButtonProps={{ 'aria-label': 'All plugins' }}
          data={[...new Set(offers?.map((offer) => offer.plugin))]}
          value={plugin}
          onChange={setPlugin}
        />
      </Group>
      <Text size="sm" c="dimmed">
        {LEADS[source]}
      </Text>
      <ProblemNotice error={error} onRetry={retry} />
      {offers === undefined && error === null && <PagePending />}
      {found?.length === 0 && <Text size="sm">There is nothing like this.</Text>}
      <ScrollArea.Autosize mah="50vh" type="auto">
        <ul className={classes['list']} aria-label={LABELS[source]}>
          {found?.map((offer) => (
            <li key={offer.key}>
              <UnstyledButton className={classes['offer']} onClick={() => onChoose(offer)}>
                <Text fw={600} size="sm">
                  {offer.title}
                </Text>
                <Text size="sm" c="dimmed" lineClamp={2}>
                  {[offer.plugin, offer.description].filter((part) => part !== '').join(' · ')}
                </Text>
              </UnstyledButton>
            </li>
          ))}
        </ul>
      </ScrollArea.Autosize>
    </Stack>
  );
}

function isWanted({ title, description, plugin: of }: Offer, wanted: string, plugin: string | null): boolean {
  if (plugin !== null && of !== plugin) return false;
  return `${title} ${description}`.toLowerCase().includes(wanted.toLowerCase());
}
