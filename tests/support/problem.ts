import type { Problem } from '@jackfield/schemas';
import { expect } from 'vitest';
import { validatorOf } from '../schemas/schemas.ts';

const isProblem = validatorOf('problem.schema.json');

/** Holds an answer to the published contract of errors and returns its document. */
export async function expectProblem(response: Response, status: number, code: string): Promise<Problem> {
  const text = await response.text();
  expect({ status: response.status, body: text }).toMatchObject({ status });
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json(;|$)/);
  const document = JSON.parse(text) as Problem;
  expect(isProblem(document), `${JSON.stringify(isProblem.errors)} in ${text}`).toBe(true);
  expect(document).toMatchObject({ status, code, requestId: expect.stringMatching(/^req_/) });
  expect(document.type).toBe(`https://jackfield.dev/problems/${code}`);
  return document;
}
