import { forConfig, httpQuery } from '@jackfield/sdk';
import { expectTypeOf, test } from 'vitest';

const params = {
  type: 'object',
  additionalProperties: false,
  required: ['project'],
  properties: { project: { type: 'string' }, most: { type: 'integer', default: 20 } },
} as const;
const config = { type: 'object', required: ['org'], properties: { org: { type: 'string' } } } as const;

test('names in a request are params, or fields of the config', () => {
  httpQuery({
    title: 'q',
    params,
    request: {
      path: '/orgs/{config.org}/projects/{project}',
      query: { size: '{most}', q: 'in {project}', all: true },
      headers: { 'x-project': '{project}' },
      body: { filter: { projects: ['{project}'] } },
    },
    rows: 'items',
    columns: { id: { type: 'string' } },
    limit: 'most',
  });
  httpQuery({
    title: 'q',
    params,
    // @ts-expect-error no such param
    request: { path: '/projects/{porject}' },
    rows: '',
    columns: {},
  });
  httpQuery({
    title: 'q',
    params,
    // @ts-expect-error no such param
    request: { path: '/projects', body: { filter: { project: '{nope}' } } },
    rows: '',
    columns: {},
  });
  // @ts-expect-error it has no params
  httpQuery({ title: 'q', request: { path: '/projects/{project}' }, rows: '', columns: {} });
  // @ts-expect-error no such param
  httpQuery({ title: 'q', params, request: { path: '/' }, rows: '', columns: {}, limit: 'least' });
});

test('columns are typed where they have code', () => {
  const query = forConfig(config).httpQuery({
    title: 'q',
    params,
    async *answers(ctx, given) {
      expectTypeOf(ctx.config.org).toEqualTypeOf<string>();
      expectTypeOf(given.most).toEqualTypeOf<number>();
      yield [];
    },
    rows: '*',
    columns: {
      age: {
        type: 'integer',
        default: 0,
        read(value, source) {
          expectTypeOf(value).toEqualTypeOf<unknown>();
          expectTypeOf(source.params.project).toEqualTypeOf<string>();
          expectTypeOf(source.ctx.config.org).toEqualTypeOf<string>();
          return 1;
        },
      },
      name: { type: 'string' },
    },
    unique: ['name'],
    where: ({ age, name }) => {
      expectTypeOf(age).toEqualTypeOf<number | null | undefined>();
      expectTypeOf(name).toEqualTypeOf<string | null | undefined>();
      return true;
    },
  });
  expectTypeOf(query.columns.name.type).toEqualTypeOf<'string'>();
  httpQuery({
    title: 'q',
    request: { path: '/' },
    rows: '',
    // @ts-expect-error a number is no text
    columns: { name: { type: 'string', read: () => 1 } },
  });
  httpQuery({
    title: 'q',
    request: { path: '/' },
    rows: '',
    // @ts-expect-error no such type
    columns: { name: { type: 'text' } },
  });
  // @ts-expect-error no such column
  httpQuery({ title: 'q', request: { path: '/' }, rows: '', columns: { a: { type: 'string' } }, unique: ['b'] });
});

test('answers are asked for or made, not both', () => {
  // @ts-expect-error one or the other
  httpQuery({ title: 'q', request: { path: '/' }, answers: async () => [], rows: '', columns: {} });
  // @ts-expect-error a way of paging that does not exist
  httpQuery({ title: 'q', request: { path: '/' }, pages: { by: 'cursor' }, rows: '', columns: {} });
});
