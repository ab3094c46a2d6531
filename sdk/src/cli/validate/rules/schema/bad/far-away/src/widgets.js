import { widget } from '@jackfield/sdk';

export const widgets = {
  items: widget({ title: 'Items', kind: 'table', query: 'item', refresh: '60s' }),
};
