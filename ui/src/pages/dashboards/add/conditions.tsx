// Which rows count: all of the conditions hold for them.
import type { Column } from '@jackfield/schemas';
import { ActionIcon, Button, Group, Select, TextInput } from '@mantine/core';
import IconTrash from '@tabler/icons-react/icons/IconTrash';
import { isNumeric } from '../../../results/cell-text.ts';
import { type Condition, labelOf, type Op, OPS } from './view-of.ts';

const WORDS: Readonly<Record<Op, string>> = {
  eq: 'is',
  ne: 'is not',
  lt: 'is less than',
  lte: 'is at most',
  gt: 'is more than',
  gte: 'is at least',
  null: 'is empty',
  notNull: 'is not empty',
};

interface ConditionsProps {
  readonly columns: readonly Column[];
  readonly value: readonly Condition[];
  readonly onChange: (value: readonly Condition[]) => void;
}

export function Conditions({ columns, value, onChange }: ConditionsProps) {
  const change = (at: number, part: Partial<Condition>): void =>
    onChange(value.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <>
      {value.map(({ column, op, text }, index) => (
        <Group key={index} gap="xs" wrap="nowrap" role="group" aria-label={`Condition ${index + 1}`}>
          <Select
            aria-label="Column"
            allowDeselect={false}
            searchable
            data={columns.map((one) => ({ value: one.name, label: labelOf(one) }))}
            value={column}
            onChange={(next) => change(index, { column: next ?? column, text: '' })}
            flex={1}
          />
          <Select
            aria-label="How it compares"
            allowDeselect={false}
            data={OPS.map((one) => ({ value: one, label: WORDS[one] }))}
            value={op}
            onChange={(next) => change(index, { op: OPS.find((one) => one === next) ?? op })}
            w={140}
          />
          {op !== 'null' && op !== 'notNull' && (
            <TextInput
              aria-label="Value"
              required
              {...inputOf(columns.find((one) => one.name === column))}
              placeholder={placeholderOf(columns.find((one) => one.name === column))}
              value={text}
              onChange={(event) => change(index, { text: event.currentTarget.value })}
              flex={1}
            />
          )}
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Remove condition ${index + 1}`}
            onClick={() => onChange(value.filter((_, at) => at !== index))}
          >
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      <div>
        <Button
          size="xs"
          variant="default"
          onClick={() => onChange([...value, { column: columns[0]?.name ?? '', op: 'eq', text: '' }])}
        >
          Only some rows
        </Button>
      </div>
    </>
  );
}

/** Numbers and days are typed as such. */
function inputOf(column: Column | undefined) {
  if (column !== undefined && isNumeric(column)) return { type: 'number', step: 'any' };
  return { type: column?.type === 'date' ? 'date' : 'text' };
}

function placeholderOf(column: Column | undefined): string {
  if (column?.type === 'datetime') return '2026-12-31T00:00:00Z';
  return column?.type === 'boolean' ? 'true' : '';
}
