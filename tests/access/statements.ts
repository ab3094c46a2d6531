// What is asked of the database on the way to an answer, told apart from what a host does beside.
import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';

export interface StatementWatch extends Disposable {
  /** The statements of what `act` does and waits for, in their order. */
  of(act: () => Promise<unknown>): Promise<readonly string[]>;
}

/** Of hosts of this process on a server. Call it before they connect. */
export function watchStatements(): StatementWatch {
  const current = new AsyncLocalStorage<string[]>();
  const { query } = pg.Client.prototype;
  const watched = function watched(this: pg.Client, ...args: unknown[]): unknown {
    const [statement] = args;
    const text = typeof statement === 'string' ? statement : (statement as { readonly text?: string }).text;
    current.getStore()?.push(text ?? '');
    return Reflect.apply(query, this, args);
  };
  pg.Client.prototype.query = watched as typeof query;
  return {
    async of(act) {
      const statements: string[] = [];
      await current.run(statements, act);
      return [...statements];
    },
    [Symbol.dispose]() {
      pg.Client.prototype.query = query;
    },
  };
}
