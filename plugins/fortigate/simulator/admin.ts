// What the simulator itself answers below /__simulator/: its faults, what was asked, and changes of the device.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { applyChange, type Change } from './changes.ts';
import { parseFault, type Fault } from './faults.ts';
import type { Gate } from './gate.ts';
import { sendHtml, sendJson } from './send.ts';

export const ADMIN = '/__simulator/';

export async function administer(
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  try {
    const told = await act(gate, `${request.method ?? ''} ${path.slice(ADMIN.length)}`, request);
    if (told === undefined) return sendHtml(response, 404, 'Not Found');
    sendJson(response, 200, JSON.stringify(told));
  } catch (error) {
    sendJson(response, 400, JSON.stringify({ error: error instanceof Error ? error.message : 'bad request' }));
  }
}

async function act(gate: Gate, command: string, request: IncomingMessage): Promise<object | undefined> {
  switch (command) {
    case 'GET requests':
      return { requests: gate.requests, counts: countByPath(gate), peakInFlight: gate.peakInFlight };
    case 'DELETE requests':
      gate.forgetRequests();
      return { requests: [] };
    case 'POST faults': {
      const faults = parseFaults(await readText(request));
      gate.faults.clear();
      for (const fault of faults) gate.faults.add(fault);
      return { faults };
    }
    case 'POST changes': {
      // applyChange refuses what it does not know.
      const change = JSON.parse(await readText(request)) as Change;
      applyChange(gate.device, change, gate.clock() / 1000);
      return { change };
    }
    default:
      return undefined;
  }
}

function countByPath(gate: Gate): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { path } of gate.requests) counts[path] = (counts[path] ?? 0) + 1;
  return counts;
}

function parseFaults(text: string): Fault[] {
  const body: unknown = JSON.parse(text);
  const names = typeof body === 'object' && body !== null && 'faults' in body ? body.faults : undefined;
  if (!Array.isArray(names)) throw new Error('expected {"faults": [names]}');
  return names.map((name) => parseFault(String(name)));
}

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}
