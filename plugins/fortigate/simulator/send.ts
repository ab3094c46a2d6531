import type { ServerResponse } from 'node:http';

export function sendJson(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
}

/** The device's web server answers in its own name for what never reaches the REST interface. */
export function sendHtml(response: ServerResponse, status: number, title: string): void {
  const page = `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head><title>${status} ${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  response.writeHead(status, { 'content-type': 'text/html; charset=iso-8859-1' }).end(page);
}
