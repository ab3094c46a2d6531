// Server-sent events as text: https://html.spec.whatwg.org/multipage/server-sent-events.html
import type { LiveEvent } from './events.ts';

/** The first thing that a stream says: when to come back, and from where it goes on. */
export function opening(retryMs: number, id: string | undefined, isResumed: boolean): string {
  return `retry: ${Math.round(retryMs)}\n${frame('ready', id, JSON.stringify({ resumed: isResumed }))}`;
}

export function told(event: LiveEvent): string {
  const { id, ...rest } = event;
  return frame(undefined, id, JSON.stringify(rest));
}

/** Something may have been missed: reload what is shown. */
export function reset(id: string | undefined): string {
  return frame('reset', id, '{}');
}

/** Nothing has happened that the reader may hear of, up to here: whoever has to come back goes on from here. */
export function beat(id: string | undefined): string {
  return frame('beat', id, '');
}

/** JSON has no line break in it, and neither has an id. */
function frame(name: string | undefined, id: string | undefined, data: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}${name === undefined ? '' : `event: ${name}\n`}data: ${data}\n\n`;
}
