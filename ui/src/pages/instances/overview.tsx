import type { HealthView, InstanceView } from '@jackfield/host/answers';
import { List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { healthQuery } from '../../api/instances.ts';
import { Asked } from '../../parts/asked.tsx';
import cards from '../../parts/cards.module.css';
import { DataTable } from '../../parts/data-table.tsx';
import { Facts } from '../../parts/facts.tsx';
import { RepairCard } from '../repairs/repair-card.tsx';
import { Section } from '../../parts/section.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { When } from '../../parts/when.tsx';
import { LimitsSection } from './limits-section.tsx';
import { RhythmSelect } from './rhythm-select.tsx';

/** How an instance is, and what has to be done about it. */
export function Overview({ instance }: { readonly instance: InstanceView }) {
  return (
    <Stack>
      <Asked query={useQuery(healthQuery(instance.id))}>{(health) => <Health health={health} />}</Asked>
      <LimitsSection id={instance.id} />
    </Stack>
  );
}

function Health({ health }: { readonly health: HealthView }) {
  const { state, since, why, nextCheckAt, expires, history, repairs } = health;
  const last = health.lastCheck as { at: string; ok: boolean; message: string; elapsedMs: number } | null;
  return (
    <>
      {repairs.map((repair) => (
        <RepairCard key={repair.id} repair={repair} />
      ))}
      <div className={cards['pair']}>
        <Section title="Health">
          <Facts
            facts={[
              ['State', <StateBadge key="state" state={health.enabled ? state : 'disabled'} />],
              ['Since', <When key="since" at={since} />],
              ['Last test', <When key="last" at={last?.at} />],
              ['Next test', <When key="next" at={nextCheckAt} none="does not come by itself" />],
              ['Tested every', <RhythmSelect key="every" health={health} />],
            ]}
          />
          {why !== null && (
            <Text size="sm" fw={500}>
              {why.detail}
            </Text>
          )}
          {last !== null && why === null && <Text size="sm">{last.message}</Text>}
          {expires.length > 0 && (
            <List size="sm">
              {expires.map(({ what, at }) => (
                <List.Item key={what}>
                  {what} expires <When at={at} />
                </List.Item>
              ))}
            </List>
          )}
        </Section>
        <Section title="History" lead="How its health has changed, the newest first.">
          <DataTable
            label="Changes of health"
            rows={history.slice(0, 20)}
            rowKey={({ at, to }) => `${at} ${to}`}
            empty="Nothing has changed so far."
            columns={[
              { label: 'When', cell: ({ at }) => <When at={at} /> },
              { label: 'To', cell: ({ to }) => <StateBadge state={to} /> },
              { label: 'Why', cell: ({ why }) => why?.detail ?? '' },
            ]}
          />
        </Section>
      </div>
    </>
  );
}
