import { Alert, Button, Group, List, Text } from '@mantine/core';
import IconAlertTriangle from '@tabler/icons-react/icons/IconAlertTriangle';
import { toProblem } from '../api/client.ts';
import { inTime } from './time.ts';

interface ProblemNoticeProps {
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
  /** Faults of fields are shown beside the fields. */
  readonly withoutFields?: boolean;
}

/** A failure in words: what happened, what to do, and how to name it to somebody else. */
export function ProblemNotice({ error, onRetry, withoutFields = false }: ProblemNoticeProps) {
  if (error === null || error === undefined) return null;
  const { title, detail, next, errors = [], retryAfterMs, requestId } = toProblem(error);
  return (
    <Alert role="alert" color="red" variant="light" title={title} icon={<IconAlertTriangle aria-hidden size={18} />}>
      <Text size="sm">{detail}</Text>
      {!withoutFields && errors.length > 0 && (
        <List size="sm" mt="xs">
          {errors.map(({ pointer, message }) => (
            <List.Item key={`${pointer} ${message}`}>
              {pointer === '' ? message : `${pointer.slice(1).replaceAll('/', ' › ')}: ${message}`}
            </List.Item>
          ))}
        </List>
      )}
      <Text size="sm" mt="xs" fw={600}>
        {next}
        {retryAfterMs !== undefined && ` It is worth another try ${inTime(retryAfterMs)}.`}
      </Text>
      <Group mt="xs" gap="md">
        {onRetry && (
          <Button size="xs" variant="light" color="red" onClick={onRetry}>
            Try again
          </Button>
        )}
        {requestId !== undefined && (
          <Text size="xs" c="dimmed">
            Request {requestId}
          </Text>
        )}
      </Group>
    </Alert>
  );
}
