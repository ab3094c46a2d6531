// The same element that other sites load, from the same file.
import { createElement, type ReactElement } from 'react';

/** Not part of this bundle: what other sites see is what is seen here. */
const ADDRESS = '/widget.js';
let loading: Promise<unknown> | undefined;

interface JackfieldWidgetProps {
  readonly widget: string;
  /** Known before it has been asked for. */
  readonly heading: string;
  readonly days?: number | undefined;
}

export interface WidgetElement extends HTMLElement {
  refresh(): void;
}

export function JackfieldWidget({ widget, heading, days }: JackfieldWidgetProps): ReactElement {
  loading ??= import(/* @vite-ignore */ ADDRESS);
  return createElement('jackfield-widget', {
    widget,
    heading,
    level: '2',
    ...(days === undefined ? {} : { days: String(days) }),
  });
}

/** All that are in this part of the page look again now. */
export function refreshWidgets(place: ParentNode): void {
  for (const widget of place.querySelectorAll<WidgetElement>('jackfield-widget')) widget.refresh();
}
