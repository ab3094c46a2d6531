import type { TemplateView } from '../../../api/dashboards.ts';
import type { PlacingProps } from './add-widget.tsx';
import { Place } from './placing.tsx';

export function PlaceTemplate({ template, ...placing }: PlacingProps & { readonly template: TemplateView }) {
  const { plugin, title } = template;
  return (
    <Place plugin={plugin} title={title} hasOwnTitle source={() => ({ template: template.template })} {...placing} />
  );
}
