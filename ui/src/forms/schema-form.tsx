// A form made from a JSON Schema. What is valid the host decides: its findings stand at the fields that they are about. No validator
// here compiles schemas, which would need a hole in the content security policy.
import { Validator } from '@cfworker/json-schema';
// Not the package's index, which brings along the registry of its tests and with it a validator that compiles.
import Form from '@rjsf/core/lib/components/Form.js';
import type { RJSFSchema, UiSchema, ValidatorType } from '@rjsf/utils';
import type { Problem } from '@jackfield/schemas';
import type { ElementType, ReactNode } from 'react';
import { ArrayFieldTemplate, FieldTemplate, ObjectFieldTemplate } from './templates.tsx';
import { fieldId, type FormContext, type FormData, SEPARATOR } from './form-context.ts';
import { SecretWidget } from './secret-widget.tsx';
import { CheckboxWidget, NumberWidget, SelectWidget, TagsWidget, TextareaWidget, TextWidget } from './widgets.tsx';

type Schema = RJSFSchema;

const validator: ValidatorType<FormData, Schema, FormContext> = {
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  isValid: (schema, formData) => new Validator(schema as object, '2020-12').validate(formData).valid,
  rawValidation: () => ({ errors: [] }),
};

const widgets = {
  TextWidget,
  URLWidget: TextWidget,
  EmailWidget: TextWidget,
  TextareaWidget,
  PasswordWidget: SecretWidget,
  UpDownWidget: NumberWidget,
  CheckboxWidget,
  SelectWidget,
  TagsWidget,
};
const templates = { FieldTemplate, ObjectFieldTemplate, ArrayFieldTemplate };

interface SchemaFormProps {
  /** What its fields are about, for those who do not see it. */
  readonly label: string;
  readonly schema: object;
  readonly value: FormData;
  readonly onChange: (value: FormData) => void;
  readonly onSubmit?: () => void;
  /** Fields that are not shown. */
  readonly hidden?: ReadonlySet<string>;
  readonly secretsSet?: readonly string[];
  readonly references?: Readonly<Record<string, string>>;
  readonly problem?: Problem | undefined;
  /** Where in the input the value is: the host's pointers begin with it. */
  readonly at?: string;
  /** Fields that are not of the schema, above it. */
  readonly before?: ReactNode;
  readonly children: ReactNode;
}

/** The fields alone, in a form of somebody else. */
export function SchemaFields(props: Omit<SchemaFormProps, 'children' | 'onSubmit'>) {
  return (
    <SchemaForm {...props} isPart>
      {null}
    </SchemaForm>
  );
}

export function SchemaForm(props: SchemaFormProps & { readonly isPart?: boolean }) {
  const {
    label,
    schema,
    value,
    onChange,
    onSubmit,
    hidden,
    secretsSet = [],
    references = {},
    problem,
    at = '',
  } = props;
  const formContext: FormContext = {
    secretsSet: new Set(secretsSet),
    references,
    faults: faultsOf(problem, at),
    before: props.before,
  };
  return (
    <Form<FormData, Schema, FormContext>
      aria-label={label}
      {...(props.isPart === true ? AS_PART : {})}
      schema={withoutSet(schema, formContext.secretsSet)}
      uiSchema={uiSchemaOf(schema, hidden)}
      validator={validator}
      widgets={widgets}
      templates={templates}
      formContext={formContext}
      formData={value}
      idPrefix={fieldId('')}
      idSeparator={SEPARATOR}
      experimental_defaultFormStateBehavior={{ emptyObjectFields: 'skipDefaults' }}
      noHtml5Validate
      showErrorList={false}
      onChange={({ formData = {} }) => onChange(formData)}
      onSubmit={() => onSubmit?.()}
    >
      {props.children ?? <></>}
    </Form>
  );
}

/** A form has no form within. */
const AS_PART = { tagName: 'div' as ElementType, role: 'group' };

/** What the host found at each field, by its pointer. */
function faultsOf(problem: Problem | undefined, at: string): ReadonlyMap<string, string> {
  const found = (problem?.errors ?? []).map(({ pointer, message }): [string, string] => [
    pointer.startsWith(`${at}/`) ? pointer.slice(at.length) : pointer,
    message,
  ]);
  return new Map(found);
}

/** A secret that is set need not be set again. */
function withoutSet(schema: Schema, secretsSet: ReadonlySet<string>): Schema {
  return { ...schema, required: (schema.required ?? []).filter((field) => !secretsSet.has(field)) };
}

const LONG_TEXT = 1001;

function uiSchemaOf(schema: Schema, hidden: ReadonlySet<string> = new Set()): UiSchema<FormData, Schema, FormContext> {
  const ui: UiSchema<FormData, Schema, FormContext> = {};
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (typeof field === 'boolean') continue;
    if (hidden.has(name)) ui[name] = { 'ui:widget': 'hidden', 'ui:field': HIDDEN };
    else if (field.type === 'object') ui[name] = uiSchemaOf(field);
    else ui[name] = widgetOf(field);
  }
  return ui;
}

const HIDDEN = () => null;

function widgetOf(field: Schema): UiSchema<FormData, Schema, FormContext> {
  if ((field as { writeOnly?: boolean }).writeOnly === true) return { 'ui:widget': 'password' };
  const { items } = field;
  const isList =
    field.type === 'array' && typeof items === 'object' && !Array.isArray(items) && items.type === 'string';
  if (isList) return { 'ui:widget': 'TagsWidget' };
  if (field.type === 'integer' || field.type === 'number') return { 'ui:widget': 'updown' };
  const isLong = field.type === 'string' && (field.maxLength ?? 0) >= LONG_TEXT && field.format === undefined;
  return isLong ? { 'ui:widget': 'textarea' } : {};
}
