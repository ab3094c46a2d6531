// The web app: the files of @jackfield/ui, which has its one page for every path that is not of the API. Everybody may load them;
// there is nothing in them, and whatever they show is asked of the API.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Access, FOR_EVERYBODY } from '../access/index.ts';
import { Problem } from '../errors.ts';
import { identify } from './auth.ts';

/** What the page may load and run: its own files. Nothing in line, nothing from elsewhere, and it stands in no frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // Icons that plugins bring along.
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const IMMUTABLE = 'public, max-age=31536000, immutable';

function shared(reply: FastifyReply, cacheControl: string): FastifyReply {
  return reply
    .header('cache-control', cacheControl)
    .header('access-control-allow-origin', '*')
    .header('cross-origin-resource-policy', 'cross-origin');
}

export async function appRoutes(app: FastifyInstance, access: Access): Promise<void> {
  const root = builtFolder();
  if (root !== undefined) {
    const cacheControl = false;
    await app.register(fastifyStatic, { root, serve: false, preCompressed: true, cacheControl, index: false });
  }
  const built = (): void => {
    if (root !== undefined) return;
    throw new Problem('not_found', 'the app is not built', {
      next: 'Run `npm run build:ui` and start the host again.',
    });
  };
  const hidden = { config: FOR_EVERYBODY, schema: { hide: true } };

  app.get<{ Params: { '*': string } }>('/assets/*', hidden, (request, reply) => {
    built();
    // Their names have a hash of what is in them.
    return reply.header('cache-control', IMMUTABLE).sendFile(`assets/${request.params['*']}`);
  });

  // The element that shows widgets on other pages, and what it loads on demand: public code, for pages of any site.
  app.get<{ Querystring: { v?: string } }>('/widget.js', hidden, (request, reply) => {
    built();
    // Who names a version in the address changes it with the next one. The others ask whether there is a newer one.
    const isPinned = request.query.v !== undefined;
    return shared(reply, isPinned ? IMMUTABLE : 'public, no-cache').sendFile('widget.js');
  });
  app.get<{ Params: { '*': string } }>('/widget/*', hidden, (request, reply) => {
    built();
    return shared(reply, IMMUTABLE).sendFile(`widget/${request.params['*']}`);
  });

  app.get('/*', hidden, async (request, reply) => {
    if (/^\/api(\/|$|\?)/.test(request.url)) {
      // Whoever is known may be told that there is no such route.
      request.principal = await identify(request, access);
      return reply.callNotFound();
    }
    built();
    return reply.header('content-security-policy', POLICY).header('cache-control', 'no-cache').sendFile('index.html');
  });
}

/** By the package's name: where it lies depends on how the host was installed. */
function builtFolder(): string | undefined {
  const folder = join(dirname(fileURLToPath(import.meta.resolve('@jackfield/ui/package.json'))), 'dist');
  return existsSync(join(folder, 'index.html')) ? folder : undefined;
}
