import type { Column } from '@jackfield/schemas';
import { Drawer, Text } from '@mantine/core';
import { cellText } from './cell-text.ts';
import type { Row } from './row-stream.ts';

interface RowDrawerProps {
  readonly columns: readonly Column[];
  /** Null: closed. */
  readonly row: Row | null;
  readonly onClose: () => void;
}

const VALUE_MOST = 20_000;

/** All of one row, one value below the other. */
export function RowDrawer({ columns, row, onClose }: RowDrawerProps) {
  return (
    <Drawer
      opened={row !== null}
      onClose={onClose}
      position="right"
      title="All of this row"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <dl>
        {columns.map((column) => (
          <div key={column.name}>
            <Text component="dt" size="xs" c="dimmed">
              {column.label ?? column.name}
            </Text>
            <Text component="dd" size="sm" ml={0} mb="sm" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
              <bdi>{cellText(row?.[column.name], column, VALUE_MOST)}</bdi>
            </Text>
          </div>
        ))}
      </dl>
    </Drawer>
  );
}
