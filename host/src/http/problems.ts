// Everything that goes wrong leaves as a problem document.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, toProblem } from '../errors.ts';
import { toFieldErrors } from '../schema.ts';

export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | Problem, request, reply) => sendProblem(fromFastify(error), request, reply));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0];
    const problem = new Problem('not_found', `there is no ${request.method} ${path}`, {
      next: 'GET /api/openapi.json lists what there is.',
    });
    return sendProblem(problem, request, reply);
  });
}

function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (problem.status >= 500) request.log.error({ err: problem, code: problem.code }, problem.message);
  const { retryAfterMs } = problem.options;
  if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1000));
  if (problem.code === 'auth_failed' && problem.options.instanceId === undefined) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem.toDocument(request.id)));
}

/** Fastify's own refusals: they are about the request, and say so. */
function fromFastify(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) return error;
  if (error.validation) {
    const errors = toFieldErrors(error.validation as Parameters<typeof toFieldErrors>[0]);
    const code = error.validationContext === 'body' ? 'config_invalid' : 'params_invalid';
    return new Problem(code, errors.map((fault) => `${fault.pointer || '/'} ${fault.message}`).join('; '), { errors });
  }
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new Problem('config_invalid', 'the body is not valid JSON', { errors: [{ pointer: '', message: 'must be JSON' }] });
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('config_invalid', 'the body is too large', { next: 'Send at most 1 MB.' });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('config_invalid', 'the body must be JSON', { next: 'Send content-type: application/json.' });
    default:
      if (typeof error.statusCode === 'number' && error.statusCode < 500) {
        return new Problem('params_invalid', 'the request cannot be read', { cause: error });
      }
      return toProblem(error);
  }
}
