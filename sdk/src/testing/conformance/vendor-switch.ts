// The vendor of a trial, which can be made to misbehave.
import type { VendorFunction } from '../stand-in.ts';

/** Answers the call with this number, from 1, in its own way; undefined lets the vendor answer. */
export type Misbehaviour = (call: number, real: () => Promise<Response>) => Response | Promise<Response> | undefined;

export class VendorSwitch {
  readonly #real: VendorFunction;
  #fault: Misbehaviour | undefined;
  #calls = 0;

  /** Without a function what is asked for is fetched: a simulator. */
  constructor(real: VendorFunction | undefined) {
    this.#real = real ?? forward;
  }

  readonly answer: VendorFunction = async (request) => {
    this.#calls += 1;
    const real = async (): Promise<Response> => this.#real(request);
    return (await this.#fault?.(this.#calls, real)) ?? real();
  };

  /** How often it was asked since it began to behave as it does. */
  get calls(): number {
    return this.#calls;
  }

  behave(fault?: Misbehaviour): void {
    this.#fault = fault;
    this.#calls = 0;
  }
}

async function forward(request: Request): Promise<Response> {
  const { method, headers, signal } = request;
  headers.delete('host');
  headers.delete('connection');
  const body = request.body === null ? {} : { body: await request.arrayBuffer() };
  return fetch(request.url, { method, headers, signal, redirect: 'manual', ...body });
}
