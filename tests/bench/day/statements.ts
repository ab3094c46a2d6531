// Statements of this process, counted where its sessions send them: the simulated hosts' and their queues', not those of the simulator.
import pg from 'pg';

export interface Statements {
  readonly begun: number;
  readonly underWay: number;
}

type Callback = (...args: readonly unknown[]) => unknown;
interface Query {
  callback?: Callback;
}

/** Call before there is a session. */
export function countStatements(): Statements {
  const counted = { begun: 0, underWay: 0 };
  const { query } = pg.Client.prototype;
  const ended = (): void => void (counted.underWay -= 1);
  const counting =
    (callback: Callback): Callback =>
    (...results) => {
      ended();
      return callback(...results);
    };
  function queryAndCount(
    this: pg.Client & { connectionParameters: { application_name?: string } },
    ...args: readonly unknown[]
  ): unknown {
    if (this.connectionParameters.application_name === 'bench') return Reflect.apply(query, this, args);
    counted.begun += 1;
    counted.underWay += 1;
    const [asked] = args;
    if (isQuery(asked)) asked.callback = counting(asked.callback);
    // pg tells its end to whoever has given a function, and to a promise otherwise.
    const wrapped = args.map((arg) => (typeof arg === 'function' ? counting(arg as Callback) : arg));
    const result: unknown = Reflect.apply(query, this, wrapped);
    if (result instanceof Promise) result.then(ended, ended);
    return result;
  }
  pg.Client.prototype.query = queryAndCount as typeof query;
  return counted;
}

function isQuery(asked: unknown): asked is Required<Query> {
  return (
    typeof asked === 'object' && asked !== null && 'submit' in asked && typeof (asked as Query).callback === 'function'
  );
}
