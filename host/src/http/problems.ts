// Everything that goes wrong leaves as a problem document.
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, toProblem } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { toFieldErrors } from '../schema.ts';
import { toDatabaseProblem } from '../store/index.ts';

export function answerProblems(app: FastifyInstance, limits: Limits): void {
  app.setErrorHandler((error: FastifyError | Problem, request, reply) =>
    sendProblem(fromFastify(error, request, limits), request, reply),
  );
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0];
    const problem = new Problem('not_found', `there is no ${request.method} ${path}`, {
      next: 'GET /api/openapi.json lists what there is.',
    });
    return sendProblem(problem, request, reply);
  });
}

/** A path that the router cannot read: no route, no hook and no token has been looked at. */
export function answerUnreadable(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = new Problem('not_found', 'the path cannot be read, or a part of it is too long', {
    next: 'GET /api/openapi.json lists what there is.',
  });
  sendProblem(problem, request, reply);
}

/** What is no HTTP: there is no request to answer, only a socket. */
export function answerMalformed(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const document = new Problem(
    'params_invalid',
    'the request is not valid HTTP, or its headers are too large or too slow',
    {
      next: 'Check the client, and any proxy between it and this host.',
    },
  ).toDocument();
  const body = JSON.stringify(document);
  socket.end(
    `HTTP/1.1 ${document.status} Bad Request\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Whoever has left is told nothing, and that they left is no failure.
  if (!reply.raw.destroyed) logProblem(problem, request);
  const { retryAfterMs } = problem.options;
  if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1000));
  if (problem.code === 'auth_failed' && problem.options.instanceId === undefined)
    reply.header('www-authenticate', 'Bearer');
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem.toDocument(request.id)));
}

/** A host that fails is an error with its cause; a vendor or a plugin that fails is part of the day. */
function logProblem(problem: Problem, request: FastifyRequest): void {
  const { errors: _errors, cause, ...about } = { ...problem.options, cause: problem.cause };
  if (problem.code === 'internal') request.log.error({ err: cause, ...about }, problem.message);
  else if (problem.status >= 500) request.log.warn({ code: problem.code, ...about }, problem.message);
}

/** Fastify's own refusals: they are about the request, and say so. */
function fromFastify(error: FastifyError | Problem, request: FastifyRequest, limits: Limits): Problem {
  if (error instanceof Problem) return error;
  if (error.validation) {
    const errors = toFieldErrors(error.validation as Parameters<typeof toFieldErrors>[0]);
    const code = error.validationContext === 'body' ? 'config_invalid' : 'params_invalid';
    return new Problem(code, errors.map((fault) => `${fault.pointer || '/'} ${fault.message}`).join('; '), { errors });
  }
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new Problem('config_invalid', 'the body is not valid JSON', {
        errors: [{ pointer: '', message: 'must be JSON' }],
      });
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('config_invalid', 'the body is too large', { next: 'Send at most 1 MB.' });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return unwantedType(request.routeOptions.schema?.consumes);
    default:
      if (typeof error.statusCode === 'number' && error.statusCode < 500) {
        return new Problem('params_invalid', 'the request cannot be read', { cause: error });
      }
      return toProblem(toDatabaseProblem(error, limits.store));
  }
}

function unwantedType([type = 'application/json']: readonly string[] = []): Problem {
  const format = type === 'application/json' ? 'JSON' : type;
  return new Problem('config_invalid', `the body must be ${format}`, { next: `Send content-type: ${type}.` });
}
