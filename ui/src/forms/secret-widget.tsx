// A secret: it goes in and never comes out. One that is set is kept when left alone, and removed only when somebody says so.
import { Button, Group, Input, PasswordInput, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { pointerOf } from './form-context.ts';
import { type Field, inputOf } from './widgets.tsx';

export function SecretWidget(field: Field) {
  const { id, value, onChange, registry, label } = field;
  const { secretsSet, references } = registry.formContext;
  const name = pointerOf(id).slice(1);
  const isSet = secretsSet.has(name);
  const [isReplacing, setReplacing] = useState(false);
  const input = inputOf(field);
  const keep = () => {
    setReplacing(false);
    onChange(undefined);
  };
  if (value === null)
    return (
      <Kept field={field} text="Will be removed when you save.">
        <Button size="xs" variant="default" onClick={keep} aria-label={`Keep ${label}`}>
          Keep it
        </Button>
      </Kept>
    );
  if (isSet && !isReplacing && value === undefined) {
    const reference = references[name];
    return (
      <Kept
        field={field}
        text={reference === undefined ? 'Set. It stays as it is.' : `Set: it is read from ${reference}.`}
      >
        <Button size="xs" variant="default" onClick={() => setReplacing(true)} aria-label={`Replace ${label}`}>
          Replace
        </Button>
        <Button size="xs" variant="subtle" color="red" onClick={() => onChange(null)} aria-label={`Remove ${label}`}>
          Remove
        </Button>
      </Kept>
    );
  }
  return (
    <Group align="flex-end" gap="xs">
      <PasswordInput
        {...input}
        flex={1}
        autoComplete="new-password"
        data-1p-ignore
        spellCheck={false}
        autoFocus={isReplacing}
        value={typeof value === 'string' ? value : ''}
        onChange={({ currentTarget: { value: text } }) => onChange(text === '' ? undefined : text)}
        visibilityToggleButtonProps={{ 'aria-label': `Show or hide ${label}` }}
      />
      {isSet && (
        <Button variant="default" onClick={keep}>
          Keep the old one
        </Button>
      )}
    </Group>
  );
}

interface KeptProps {
  readonly field: Field;
  readonly text: string;
  readonly children: ReactNode;
}

function Kept({ field, text, children }: KeptProps) {
  const { label, description, error } = inputOf(field);
  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div">
      <Group gap="sm" mt={6}>
        <Text size="sm">{text}</Text>
        {children}
      </Group>
    </Input.Wrapper>
  );
}
