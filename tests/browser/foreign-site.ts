// Another site, whose pages show widgets: on another origin than the host, with a content security policy of its own that lets in the
// host and nothing else.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ForeignSite extends AsyncDisposable {
  readonly origin: string;
  /** What stands in the body of the page at this path from now on; with a script of its own instead of the widget's. */
  put(path: string, body: string, script?: string): void;
}

export async function startForeignSite(host: () => string): Promise<ForeignSite> {
  const pages = new Map<string, { readonly type: string; readonly text: string }>();
  const server = createServer((request, response) => {
    const page = pages.get(request.url ?? '') ?? { type: 'text/plain', text: '' };
    const from = `${host()} 'self'`;
    response.writeHead(pages.has(request.url ?? '') ? 200 : 404, {
      'content-type': page.type,
      'content-security-policy': `default-src 'none'; script-src ${from}; connect-src ${host()}; style-src 'self'; img-src 'self'`,
    });
    response.end(page.text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  pages.set('/favicon.ico', { type: 'image/svg+xml', text: '<svg xmlns="http://www.w3.org/2000/svg"/>' });
  pages.set('/page.css', { type: 'text/css', text: STYLE });
  return {
    origin: `http://127.0.0.1:${port}`,
    put(path, body, script) {
      const address = script === undefined ? `${host()}/widget.js` : `${path}.js`;
      const text = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Portal</title>
        <link rel="stylesheet" href="/page.css"><script type="module" src="${address}"></script></head>
        <body><main><h1>Portal</h1>${body}</main></body></html>`;
      pages.set(path, { type: 'text/html', text });
      if (script !== undefined) pages.set(address, { type: 'text/javascript', text: script });
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 2rem; font-family: sans-serif; background: Canvas; color: CanvasText; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(24rem, 1fr)); gap: 1rem; }
h1 { grid-column: 1 / -1; }
jackfield-widget { height: 18rem; }
.far { grid-column: 1 / -1; height: 4000px; }
`;
