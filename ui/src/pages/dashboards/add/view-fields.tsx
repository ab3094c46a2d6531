import type { Column } from '@jackfield/schemas';
import { Group, Select, Switch } from '@mantine/core';
import { isNumeric } from '../../../results/cell-text.ts';
import { Conditions } from './conditions.tsx';
import { BUCKETS, isTime, labelOf, LABELS, type Measure, MEASURES, type Wish } from './view-of.ts';

interface ViewFieldsProps {
  readonly columns: readonly Column[];
  readonly wish: Wish;
  readonly onChange: (wish: Wish) => void;
}

const ROWS = 'rows';

/** What somebody wants to know of synced rows. */
export function ViewFields({ columns, wish, onChange }: ViewFieldsProps) {
  const { measure, of, by, bucket, within, isTogether, where } = wish;
  const change = (part: Partial<Wish>): void => onChange({ ...wish, ...part });
  const options = (list: readonly Column[]) => list.map((column) => ({ value: column.name, label: labelOf(column) }));
  const groupable = columns.filter(({ type }) => type !== 'json');
  const measurable = measure === 'countDistinct' ? groupable : columns.filter(isNumeric);
  const choose = (value: string | null): void => {
    const next = MEASURES.find((one) => one === value) ?? null;
    const kept = next === 'countDistinct' || columns.some((column) => column.name === of && isNumeric(column));
    change({ measure: next, of: next === null || next === 'count' || !kept ? null : of });
  };
  return (
    <>
      <Group grow align="flex-start">
        <Select
          label="What"
          allowDeselect={false}
          data={[
            { value: ROWS, label: 'The rows themselves' },
            ...MEASURES.map((one) => ({ value: one, label: LABELS[one] })),
          ]}
          value={measure ?? ROWS}
          onChange={choose}
        />
        {needsColumn(measure) && (
          <Select
            label="Of which column"
            required
            searchable
            data={options(measurable)}
            value={of}
            onChange={(value) => change({ of: value })}
          />
        )}
      </Group>
      {measure !== null && (
        <>
          <Group grow align="flex-start">
            <Select
              label="For each"
              placeholder="All together"
              clearable
              searchable
              data={options(groupable)}
              value={by}
              onChange={(value) => change({ by: value, within: value === null ? null : within })}
            />
            {isTime(columns.find(({ name }) => name === by)) && (
              <Select
                label="By the"
                allowDeselect={false}
                data={BUCKETS}
                value={bucket}
                onChange={(value) => change({ bucket: value ?? bucket })}
              />
            )}
            {by !== null && (
              <Select
                label="And then for each"
                placeholder="Nothing more"
                clearable
                searchable
                data={options(groupable.filter((column) => column.name !== by && !isTime(column)))}
                value={within}
                onChange={(value) => change({ within: value })}
              />
            )}
          </Group>
          <Switch
            label="Count all instances together"
            checked={isTogether}
            onChange={(event) => change({ isTogether: event.currentTarget.checked })}
          />
        </>
      )}
      <Conditions columns={groupable} value={where} onChange={(next) => change({ where: next })} />
    </>
  );
}

/** A count is one of rows. */
export function needsColumn(measure: Measure | null): boolean {
  return measure !== null && measure !== 'count';
}
