import { Tabs } from '@mantine/core';
import { type ReactNode, Suspense } from 'react';
import { PagePending } from './page-states.tsx';

export interface PageTab {
  readonly value: string;
  readonly label: string;
  readonly content: () => ReactNode;
}

interface PageTabsProps {
  /** The first one is where the page begins. */
  readonly tabs: readonly PageTab[];
  /** As the address has it; undefined: the first one. */
  readonly value: string | undefined;
  /** Undefined for the first one, which needs no word in the address. */
  readonly onChange: (value: string | undefined) => void;
}

/** The parts of a page, one at a time; which one is in the address, so that a link leads there. */
export function PageTabs({ tabs, value, onChange }: PageTabsProps) {
  const first = tabs[0]?.value ?? '';
  const shown = tabs.find((tab) => tab.value === value)?.value ?? first;
  return (
    <Tabs
      value={shown}
      onChange={(next) => onChange(next === null || next === first ? undefined : next)}
      keepMounted={false}
    >
      <Tabs.List mb="md">
        {tabs.map((tab) => (
          <Tabs.Tab key={tab.value} value={tab.value}>
            {tab.label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Suspense fallback={<PagePending />}>
        {tabs.map((tab) => (
          <Tabs.Panel key={tab.value} value={tab.value}>
            {tab.value === shown && tab.content()}
          </Tabs.Panel>
        ))}
      </Suspense>
    </Tabs>
  );
}
