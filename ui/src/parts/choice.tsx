import { Select } from '@mantine/core';

interface ChoiceProps {
  /** What is chosen, for those who do not see where it stands. */
  readonly label: string;
  /** In its place when nothing is chosen: "Every state". */
  readonly every: string;
  readonly data: readonly (string | { readonly value: string; readonly label: string })[];
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

/** Narrows a list down. */
export function Choice({ label, every, data, value, onChange }: ChoiceProps) {
  return (
    <Select
      aria-label={label}
      placeholder={every}
      data={data}
      value={value ?? null}
      onChange={(chosen) => onChange(chosen ?? undefined)}
      clearable
      clearButtonProps={{ 'aria-label': every }}
      searchable
      w={180}
    />
  );
}
