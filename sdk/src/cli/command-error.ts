/** Why a command cannot do what it was asked for; its text is for whoever typed it. */
export class CommandError extends Error {
  /** What helps. */
  readonly next: string | undefined;

  constructor(message: string, next?: string) {
    super(message);
    this.name = 'CommandError';
    this.next = next;
  }
}
