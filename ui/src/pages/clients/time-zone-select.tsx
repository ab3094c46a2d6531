import { Select } from '@mantine/core';

interface TimeZoneSelectProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function TimeZoneSelect({ value, onChange }: TimeZoneSelectProps) {
  const zones = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone'), value])];
  return (
    <Select
      label="Time zone"
      description="In which its days begin and its contracts end."
      data={zones}
      value={value}
      onChange={(zone) => onChange(zone ?? value)}
      searchable
      allowDeselect={false}
      limit={50}
    />
  );
}
