// The theme of forms: Mantine's inputs for what schemas ask for. A default is shown where a value would stand, and not sent.
import { NumberInput, Select, Switch, TagsInput, Textarea, TextInput } from '@mantine/core';
import type { RJSFSchema, WidgetProps } from '@rjsf/utils';
import { type FormContext, type FormData, pointerOf } from './form-context.ts';

export type Field = WidgetProps<FormData, RJSFSchema, FormContext>;

/** What every input has in common. */
export function inputOf({ id, label, required, disabled, readonly, schema, registry, hideLabel }: Field) {
  return {
    id,
    label: hideLabel ? undefined : label,
    description: schema.description,
    // Said by the host, in its words, beside the field.
    'aria-required': required,
    withAsterisk: required ?? false,
    disabled: disabled ?? readonly ?? false,
    error: registry.formContext.faults.get(pointerOf(id)),
  };
}

export function placeholderOf({ schema: { default: preset } }: Pick<Field, 'schema'>): string | undefined {
  if (preset === undefined || preset === null) return undefined;
  return Array.isArray(preset) ? preset.join(', ') : typeof preset === 'object' ? undefined : String(preset);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export function TextWidget(field: Field) {
  const { value, onChange, schema } = field;
  return (
    <TextInput
      {...inputOf(field)}
      type={schema.format === 'uri' ? 'url' : 'text'}
      placeholder={placeholderOf(field)}
      autoComplete="off"
      spellCheck={false}
      value={textOf(value)}
      onChange={({ currentTarget: { value: text } }) => onChange(text === '' ? undefined : text)}
    />
  );
}

export function TextareaWidget(field: Field) {
  const { value, onChange } = field;
  return (
    <Textarea
      {...inputOf(field)}
      placeholder={placeholderOf(field)}
      rows={3}
      spellCheck={false}
      value={textOf(value)}
      onChange={({ currentTarget: { value: text } }) => onChange(text === '' ? undefined : text)}
    />
  );
}

export function NumberWidget(field: Field) {
  const { value, onChange, schema } = field;
  return (
    <NumberInput
      {...inputOf(field)}
      placeholder={placeholderOf(field)}
      allowDecimal={schema.type !== 'integer'}
      {...(schema.minimum === undefined ? {} : { min: schema.minimum })}
      {...(schema.maximum === undefined ? {} : { max: schema.maximum })}
      clampBehavior="none"
      maw={240}
      value={typeof value === 'number' ? value : ''}
      onChange={(number) => onChange(number === '' ? undefined : Number(number))}
    />
  );
}

export function CheckboxWidget(field: Field) {
  const { value, onChange, schema } = field;
  const { withAsterisk: _withAsterisk, ...input } = inputOf(field);
  return (
    <Switch
      {...input}
      checked={Boolean(value ?? schema.default)}
      onChange={({ currentTarget: { checked } }) => onChange(checked)}
    />
  );
}

export function SelectWidget(field: Field) {
  const { value, onChange, options } = field;
  const choices = (options.enumOptions ?? []).map(({ value, label }) => ({ value: String(value), label }));
  const valueOf = (text: string | null): unknown =>
    options.enumOptions?.find(({ value }) => String(value) === text)?.value as unknown;
  return (
    <Select
      {...inputOf(field)}
      placeholder={placeholderOf(field)}
      data={choices}
      value={value === undefined ? null : String(value)}
      onChange={(text) => onChange(valueOf(text))}
      clearable
      clearButtonProps={{ 'aria-label': 'Clear' }}
      maw={320}
    />
  );
}

export function TagsWidget(field: Field) {
  const { value, onChange } = field;
  const tags = Array.isArray(value) ? value.map(String) : [];
  return (
    <TagsInput
      {...inputOf(field)}
      placeholder={tags.length === 0 ? (placeholderOf(field) ?? 'Type and press Enter') : ''}
      value={tags}
      onChange={(list) => onChange(list.length === 0 ? undefined : list)}
      clearable
      clearButtonProps={{ 'aria-label': 'Clear' }}
      acceptValueOnBlur
    />
  );
}
