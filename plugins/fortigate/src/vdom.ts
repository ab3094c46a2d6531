// Which VDOMs a call names: the param, kept inside the instance's own list.
import { VendorError } from '@jackfield/sdk';
import type { Ctx } from './config.ts';

/** What goes into a call's `vdom` parameter; null leaves it out, and the device answers for its management VDOM. */
export type Scope = string | null;

/** For endpoints that answer per VDOM. */
export function vdomScope(ctx: Ctx, vdom: string): string {
  const own = ctx.config.vdoms;
  if (vdom === '*') return own === undefined ? '*' : own.join(',');
  for (const name of vdom.split(',')) {
    if (own !== undefined && !own.includes(name)) {
      throw new VendorError('params_invalid', `vdom "${name}" is not one of this instance's VDOMs (${own.join(', ')})`);
    }
  }
  return vdom;
}

/**
 * For endpoints that answer for the device, the same from every VDOM. A token that may not read the management VDOM has to
 * ask from one of its own.
 */
export function deviceScope(ctx: Ctx, vdom = '*'): Scope {
  if (vdom !== '*') return vdomScope(ctx, vdom);
  return ctx.config.vdoms?.[0] ?? null;
}
