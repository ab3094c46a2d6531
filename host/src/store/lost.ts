// Errors that say nothing about what was asked, only that the database went away while it was asked.

/** Of sockets, and of pg and its pool, which give no code. */
const SOCKET = /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)/;
const MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|the database has gone silent)/;
/** Connection exceptions, shutdown and recovery, too many connections, and a transaction that was ended for being idle. */
const STATE = /^(08|57P0|53300|25P03)/;

/** Whether it is worth asking again when the database is back. */
export function isDatabaseLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && (STATE.test(code) || SOCKET.test(code))) return true;
  return MESSAGE.test(error.message) || (error.cause !== undefined && isDatabaseLost(error.cause));
}
