/** A command that could not do what it was told: what happened, and what a person can do. */
export class CommandError extends Error {
  readonly next: string;

  constructor(message: string, next: string) {
    super(message);
    this.name = 'CommandError';
    this.next = next;
  }
}
