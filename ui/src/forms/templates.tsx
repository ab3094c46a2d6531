import { Fieldset, Stack, Text } from '@mantine/core';
import type { ArrayFieldTemplateProps, FieldTemplateProps, ObjectFieldTemplateProps, RJSFSchema } from '@rjsf/utils';
import type { FormContext, FormData } from './form-context.ts';
import classes from './templates.module.css';

/** Inputs bring their label, description and fault along. */
export function FieldTemplate({ children, hidden }: FieldTemplateProps<FormData, RJSFSchema, FormContext>) {
  return hidden === true ? null : children;
}

export function ObjectFieldTemplate(props: ObjectFieldTemplateProps<FormData, RJSFSchema, FormContext>) {
  const { title, description, properties, fieldPathId, registry, formData } = props;
  const fields = properties.filter(({ hidden }) => !hidden).map(({ content }) => content);
  if (fieldPathId.path.length === 0)
    return (
      <Stack>
        {registry.formContext.before}
        {fields}
      </Stack>
    );
  return (
    <details open={isFilled(formData)} className={classes['part']}>
      <summary>{title}</summary>
      <Stack>
        {description !== undefined && (
          <Text size="sm" c="dimmed">
            {description}
          </Text>
        )}
        {fields}
      </Stack>
    </details>
  );
}

/** Then it is worth a look; what nobody has filled is out of the way. */
function isFilled(data: FormData | undefined): boolean {
  return Object.values(data ?? {}).some((value) => value !== undefined && value !== true);
}

/** For lists of more than words: each entry below the other. */
export function ArrayFieldTemplate({ title, items }: ArrayFieldTemplateProps<FormData[], RJSFSchema, FormContext>) {
  return (
    <Fieldset legend={title} radius="md">
      <Stack>{items}</Stack>
    </Fieldset>
  );
}
